// Bytes as text. Loops, because Uint8Array.from with a function takes some twenty times as long, and a network is a
// million bytes.

/** The codes of letters, all below 256. */
export function codes(letters: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = letters.charCodeAt(i);
  return bytes;
}

export const encode64 = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));

/** Throws DOMException where `text` is no base64. */
export const decode64 = (text: string): Uint8Array<ArrayBuffer> => codes(atob(text));
