import { Failure } from '../../src/failures/index.ts'

/** The failure that something ends in. What comes to a good end, or throws anything else, fails the test. */
export async function failureOf(work: () => unknown): Promise<Failure> {
  try {
    await work()
  } catch (error) {
    if (error instanceof Failure) return error
    throw error
  }
  throw new Error('it did not fail')
}
