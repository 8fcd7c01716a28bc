/** Polls until the condition holds; throws with the description when it does not in time. */
export async function until(
  description: string,
  holds: () => boolean | Promise<boolean>,
  deadlineMs = 10_000,
): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not in time: ${description}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
