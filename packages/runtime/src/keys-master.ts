import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { Fault, type KeyStorage } from '@tidemark/core';

const CIPHER = 'aes-256-gcm';
/** First byte of every wrapped key. */
const VERSION = 1;
/** Bytes of the key of a subject, and of the master key. */
export const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SALT_BYTES = 16;
/** The secret is not a password: it must be random, since deriving from it costs an attacker nothing. */
const SECRET_LENGTH = 32;
const PURPOSE = 'tidemark personal keys, version 1';
/** What the check value is wrapped for; no subject has this name. */
const NOBODY = '';

/** Wraps the keys of subjects for storage. */
export interface MasterKey {
  /** Version byte, nonce, ciphertext and tag; bound to the subject. */
  readonly wrap: (subject: string, key: Uint8Array) => Uint8Array;
  /** `undefined` when it was wrapped by another master key, for another subject, or changed. */
  readonly unwrap: (subject: string, wrapped: Uint8Array) => Uint8Array | undefined;
}

/**
 * The master key of a storage, from the secret and the salt that is kept there.
 *
 * @throws KEYS_UNAVAILABLE when the keys were wrapped under another secret; CONFIGURATION_INVALID when the secret is short.
 */
export async function openMasterKey(storage: KeyStorage, secret: string): Promise<MasterKey> {
  const salt = randomBytes(SALT_BYTES);
  const checkValue = deriveMasterKey(secret, salt).wrap(NOBODY, new Uint8Array(KEY_BYTES));
  const kept = await storage.settings({ salt, checkValue });
  const master = deriveMasterKey(secret, kept.salt);
  if (master.unwrap(NOBODY, kept.checkValue) !== undefined) return master;
  throw new Fault(
    'KEYS_UNAVAILABLE',
    'the keys were stored under another secret: give the secret (KEYS_SECRET, or its file) they were made with',
  );
}

/** Derives the master key from the secret with HKDF-SHA256. @throws CONFIGURATION_INVALID when the secret is short. */
export function deriveMasterKey(secret: string, salt: Uint8Array): MasterKey {
  if (secret.length < SECRET_LENGTH) {
    throw new Fault(
      'CONFIGURATION_INVALID',
      `the secret of the keys needs at least ${SECRET_LENGTH} random characters`,
    );
  }
  const master = Buffer.from(hkdfSync('sha256', secret, salt, PURPOSE, KEY_BYTES));

  const wrap = (subject: string, key: Uint8Array): Uint8Array => {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, master, nonce).setAAD(Buffer.from(subject));
    const parts = [Uint8Array.of(VERSION), nonce, cipher.update(key), cipher.final()];
    return Buffer.concat([...parts, cipher.getAuthTag()]);
  };

  const unwrap = (subject: string, wrapped: Uint8Array): Uint8Array | undefined => {
    if (wrapped[0] !== VERSION || wrapped.length !== 1 + NONCE_BYTES + KEY_BYTES + TAG_BYTES) {
      return undefined;
    }
    const tagAt = wrapped.length - TAG_BYTES;
    const nonce = wrapped.subarray(1, 1 + NONCE_BYTES);
    const decipher = createDecipheriv(CIPHER, master, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(subject)).setAuthTag(wrapped.subarray(tagAt));
    try {
      const key = decipher.update(wrapped.subarray(1 + NONCE_BYTES, tagAt));
      return Buffer.concat([key, decipher.final()]);
    } catch {
      return undefined;
    }
  };

  return { wrap, unwrap };
}
