/** Bodies of requests. */
export const MAX_REQUEST_BYTES = 65_536;
/** Bodies of answers: results are small facts, not lists. */
export const MAX_ANSWER_BYTES = 1_048_576;

/** The text of a body, counted while it is read; `undefined` when it is longer than `maxBytes` or not UTF-8. */
export async function readText(
  message: Request | Response,
  maxBytes: number,
): Promise<string | undefined> {
  if (message.body === null) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = message.body.getReader();
  for (;;) {
    const chunk = await reader.read();
    if (chunk.done) return decode(Buffer.concat(chunks, size));
    size += chunk.value.byteLength;
    if (size > maxBytes) {
      await reader.cancel();
      return undefined;
    }
    chunks.push(chunk.value);
  }
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
