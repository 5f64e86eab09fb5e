const credentials = 'AWS4-HMAC-SHA256 Credential=any/20260101/eu-central-1/sqs/aws4_request';

/** Calls an action of SQS as its clients do. */
export async function callSqs(url: string, action: string, input: object): Promise<Record<string, unknown>> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: {
      authorization: credentials,
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `AmazonSQS.${action}`,
    },
    body: JSON.stringify(input),
  });
  const body = await answer.text();
  if (!answer.ok) throw new Error(`${action}: ${body}`);
  return JSON.parse(body);
}

/** Calls an action of SNS as its clients do. Resolves to the XML that it answers. */
export async function callSns(url: string, action: string, input: Readonly<Record<string, string>>): Promise<string> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { authorization: credentials },
    body: new URLSearchParams({ Action: action, ...input }),
  });
  const body = await answer.text();
  if (!answer.ok) throw new Error(`${action}: ${body}`);
  return body;
}
