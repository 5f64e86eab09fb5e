export interface HostileBody {
  /** What is wrong with it. */
  readonly name: string;
  readonly body: Uint8Array;
  /** `accepted` bodies are strange and legal: their data must come back unchanged. */
  readonly verdict: 'refused' | 'accepted';
}

/** Bodies as an attacker or a broken sender makes them. Some are megabytes: make the list once per suite. */
export function hostileJsonBodies(): readonly HostileBody[] {
  return [...pollution(), ...numbers(), ...sizes(), ...encodings(), ...grammar(), ...strangeButLegal()];
}

function pollution(): HostileBody[] {
  const objects = [
    '{"__proto__":{"admin":true}}',
    '{"__pr\\u006fto__":1}',
    '{"constructor":{"prototype":{"admin":true}}}',
  ];
  return objects.flatMap((object) =>
    [0, 1, 10, 50].map((depth) => refused(`${object} at depth ${depth}`, nested(object, depth))),
  );
}

function numbers(): HostileBody[] {
  const literals = [
    '9007199254740993',
    '-9007199254740993',
    '12345678901234567890',
    '1e400',
    '-1e400',
    '1e99999999999',
    '9'.repeat(400),
    `0.${'0'.repeat(1_100)}1e1500`,
    `1.${'0'.repeat(200_000)}e400`,
    '9'.repeat(100_000),
  ];
  return literals.flatMap((literal) => [
    refused(`number ${literal.slice(0, 30)}`, literal),
    refused(`number ${literal.slice(0, 30)} inside`, `{"a":[{"b":${literal}}]}`),
  ]);
}

function sizes(): HostileBody[] {
  return [
    refused('arrays 200,000 deep', '['.repeat(200_000) + ']'.repeat(200_000)),
    refused('arrays 200,000 deep, never closed', '['.repeat(200_000)),
    refused('objects 100,000 deep', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`),
    refused('10 MB of text', JSON.stringify('x'.repeat(10_000_000))),
    refused('10 MB of nothing', ' '.repeat(10_000_000)),
    refused('300 KB of zeros', `[${'0,'.repeat(150_000)}0]`),
  ];
}

function encodings(): HostileBody[] {
  const bytes = (name: string, ...values: number[]): HostileBody => ({
    name,
    body: Uint8Array.from(values),
    verdict: 'refused',
  });
  return [
    bytes('a lone continuation byte', 0x22, 0x80, 0x22),
    bytes('an overlong slash', 0x22, 0xc0, 0xaf, 0x22),
    bytes('a surrogate in UTF-8', 0x22, 0xed, 0xa0, 0x80, 0x22),
    bytes('beyond U+10FFFF', 0x22, 0xf5, 0x80, 0x80, 0x80, 0x22),
    bytes('a cut character', 0x22, 0xf0, 0x9f, 0x98, 0x22),
    bytes('UTF-16', 0xff, 0xfe, 0x22, 0x00, 0x22, 0x00),
  ];
}

function grammar(): HostileBody[] {
  const texts = [
    '',
    ' ',
    '{',
    '[1,',
    '{"a":',
    '"abc',
    '"abc\\',
    '"\u0000"',
    '01',
    '+1',
    '-',
    '1.',
    '.5',
    'NaN',
    'Infinity',
  ];
  const more = [
    'undefined',
    '{a:1}',
    "{'a':1}",
    '[1,]',
    '{"a":1,}',
    '1 2',
    '{}{}',
    '/**/1',
    '"\\x41"',
    '"\\u12"',
    ']',
    '}{',
  ];
  return [...texts, ...more].map((text) => refused(`not JSON: ${JSON.stringify(text)}`, text));
}

function strangeButLegal(): HostileBody[] {
  const texts = [
    'null',
    '0',
    '-0',
    '9007199254740991',
    '-9007199254740991',
    '1e-400',
    '0.1',
    '1E5',
    '""',
    '"\\u0000"',
    '"\\ud800"',
    '"\\udc00\\ud800"',
    '{"":{"":""}}',
    '{"a":1,"a":2}',
    '{"constructor":1,"prototype":2,"hasOwnProperty":3,"toString":null}',
    '{"a":"__proto__","b":["constructor"]}',
    '{"constructor":{"name":"x"},"other":{"prototype":{}}}',
    '"{[{[{["',
    ' \t\r\n[ 1 , 2 ]\n',
    nested('1', 50),
  ];
  return texts.map((text) => ({ name: `legal: ${text.slice(0, 60)}`, body: Buffer.from(text), verdict: 'accepted' }));
}

function nested(inner: string, depth: number): string {
  return `${'{"a":['.repeat(depth / 2)}${depth % 2 === 1 ? '[' : ''}${inner}${depth % 2 === 1 ? ']' : ''}${']}'.repeat(depth / 2)}`;
}

function refused(name: string, text: string): HostileBody {
  return { name, body: Buffer.from(text), verdict: 'refused' };
}
