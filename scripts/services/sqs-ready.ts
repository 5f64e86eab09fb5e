const patienceMs = 1_000;

/** Whether the emulator of SQS and SNS on that loopback port answers now. */
export async function isSqsReady(port: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(patienceMs) });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    // It does not listen yet, or no more.
    return false;
  }
}
