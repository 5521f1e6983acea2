import { Failure } from '../../src/failures/index.ts'

/** Returns the failure that a promise rejects with. Fails the test if it resolves, or rejects with anything else. */
export async function failureOf(work: () => unknown): Promise<Failure> {
  try {
    await work()
  } catch (error) {
    if (error instanceof Failure) return error
    throw error
  }
  throw new Error('it did not fail')
}
