import { checkPrimeSync, createPrivateKey, type KeyObject } from 'node:crypto'

const publicExponent = 65_537n
const primeBytes = 128

/**
 * Makes an RSA key of 2048 bits from the given random bytes: the same bytes make the same key. Node cannot seed its own
 * generator.
 */
export function rsaKeyFrom(random: (bytes: number) => Buffer): KeyObject {
  const p = drawPrime(random)
  const q = drawPrime(random)
  // RFC 8017 section 3.2: qInv belongs to the second prime; by convention, p is the larger one.
  const [larger, smaller] = p > q ? [p, q] : [q, p]
  const d = inverse(publicExponent, (larger - 1n) * (smaller - 1n))
  return createPrivateKey({
    format: 'jwk',
    key: {
      kty: 'RSA',
      n: encode(larger * smaller),
      e: encode(publicExponent),
      d: encode(d),
      p: encode(larger),
      q: encode(smaller),
      dp: encode(d % (larger - 1n)),
      dq: encode(d % (smaller - 1n)),
      qi: encode(inverse(smaller, larger)),
    },
  })
}

/** Trial division by small primes first avoids nine in ten expensive tests. */
const smallPrimes = [3n, 5n, 7n, 11n, 13n, 17n, 19n, 23n, 29n, 31n, 37n, 41n, 43n, 47n, 53n, 59n, 61n, 67n, 71n, 73n]

function drawPrime(random: (bytes: number) => Buffer): bigint {
  for (;;) {
    const bytes = random(primeBytes)
    // Two leading ones, so that the product of two primes has all 2048 bits; the last bit makes it odd.
    bytes.writeUInt8(bytes.readUInt8(0) | 0xc0, 0)
    bytes.writeUInt8(bytes.readUInt8(primeBytes - 1) | 1, primeBytes - 1)
    const candidate = BigInt(`0x${bytes.toString('hex')}`)
    if (smallPrimes.some((prime) => candidate % prime === 0n)) continue
    if ((candidate - 1n) % publicExponent !== 0n && checkPrimeSync(candidate)) return candidate
  }
}

/** Returns the inverse of `value` modulo `modulus`, by Euclid's algorithm; the two must have no common divisor. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [previous, current] = [modulus, value % modulus]
  let [previousFactor, factor] = [0n, 1n]
  while (current !== 0n) {
    const quotient = previous / current
    ;[previous, current] = [current, previous - quotient * current]
    ;[previousFactor, factor] = [factor, previousFactor - quotient * factor]
  }
  return ((previousFactor % modulus) + modulus) % modulus
}

function encode(value: bigint): string {
  const digits = value.toString(16)
  return Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex').toString('base64url')
}
