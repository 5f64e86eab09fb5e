/** A settlement that fails costs nothing: the message is delivered again, and dropped as a duplicate. */
export async function settle(settlement: () => Promise<void>): Promise<void> {
  try {
    await settlement();
  } catch {}
}
