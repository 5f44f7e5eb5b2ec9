import { noteToken } from './seen.ts';

/** Notes how far the answer to a command is, so that what is read next shows what it did. */
export async function sent<Answer extends { readonly response: Response }>(
  answer: Promise<Answer>,
): Promise<Answer> {
  const answered = await answer;
  noteToken(answered.response.headers.get('Consistency-Token'));
  return answered;
}
