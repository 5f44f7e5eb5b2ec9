/** `<category>-<id>`, for example `flight-7f3c`. The category holds no dash. At most 200 characters; ids only, no personal data. */
export type StreamName = `${string}-${string}`;

/**
 * The category of a stream: the part of its name before the first dash.
 *
 * @example
 * categoryOf('flight-7f3c'); // 'flight'
 */
export function categoryOf(stream: StreamName): string {
  return stream.slice(0, stream.indexOf('-'));
}
