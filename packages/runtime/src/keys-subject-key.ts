import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto';
import { Fault, type Sealed, type SubjectKey } from '@tidemark/core';

const CIPHER = 'aes-256-gcm';
/** First byte of every sealed value, so that another form can follow one day. */
const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals with AES-256-GCM under 32 bytes of key: version byte, 96-bit random nonce, ciphertext of the value as
 * JSON, tag. The subject is authenticated with it, so that a value cannot be moved to another person.
 */
export function createSubjectKey(subject: string, bytes: Uint8Array): SubjectKey {
  const key = createSecretKey(bytes);
  const context = Buffer.from(subject);

  const seal = (plain: unknown): Sealed => {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, key, nonce).setAAD(context);
    const text = cipher.update(JSON.stringify(plain), 'utf8');
    const parts = [Uint8Array.of(VERSION), nonce, text, cipher.final(), cipher.getAuthTag()];
    return { $subject: subject, $sealed: Buffer.concat(parts).toString('base64url') };
  };

  const open = ({ $subject, $sealed }: Sealed): unknown => {
    const sealed = Buffer.from($sealed, 'base64url');
    const tagAt = sealed.length - TAG_BYTES;
    // Decoding base64url forgives what it does not know; writing it again shows whether it had to.
    const intact = sealed.toString('base64url') === $sealed && tagAt > NONCE_BYTES;
    if (!intact || $subject !== subject || sealed[0] !== VERSION) throw changed(subject);
    const nonce = sealed.subarray(1, 1 + NONCE_BYTES);
    const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(context).setAuthTag(sealed.subarray(tagAt));
    try {
      const text = decipher.update(sealed.subarray(1 + NONCE_BYTES, tagAt), undefined, 'utf8');
      return JSON.parse(text + decipher.final('utf8'));
    } catch (cause) {
      throw changed(subject, cause);
    }
  };

  return { seal, open };
}

function changed(subject: string, cause?: unknown): Fault {
  return new Fault('LOG_CORRUPT', 'a sealed value was changed, or belongs to another subject', {
    facts: { subject },
    cause,
  });
}
