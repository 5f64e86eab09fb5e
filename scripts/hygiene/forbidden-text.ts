const forbidden: readonly { readonly what: string; readonly pattern: RegExp }[] = [
  { what: 'a path of one machine', pattern: /(?<![\w.:/-])\/(?:home|root|Users|work)\/[\w.-]+/ },
  {
    what: 'the host of a package registry',
    pattern: /\bregistry\.(?:npmjs|yarnpkg|npmmirror)\.\w+|npm\.pkg\.github\.com/,
  },
  { what: 'a merge conflict', pattern: /^(?:<{7} |>{7} |={7}$)/m },
];

/** The lines of a text that must not be in a public repository. */
export function forbiddenText(file: string, text: string): string[] {
  return text
    .split('\n')
    .flatMap((line, index) =>
      forbidden
        .filter(({ pattern }) => pattern.test(line))
        .map(({ what }) => `${file}:${index + 1} contains ${what}: ${line.trim().slice(0, 100)}`),
    );
}
