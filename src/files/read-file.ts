import { readFileSync } from 'node:fs'
import { Failure, fileProblem } from '../failures/index.ts'

/** A file that the user named, whole. @throws Failure `file_unreadable` */
export function readNamedFile(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    throw new Failure('file_unreadable', { file, problem: fileProblem(error) }, { cause: error })
  }
}
