/** Returns why a file could not be read or written, as a clause that follows a colon. */
export function fileProblem(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  const problems: Readonly<Record<string, string>> = {
    ENOENT: 'it does not exist',
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    EISDIR: 'it is a folder',
    ENOTDIR: 'part of its path is not a folder',
    EROFS: 'the disk is read-only',
    ENOSPC: 'the disk is full',
    EDQUOT: 'the disk quota is used up',
    EFBIG: 'it would exceed the maximum file size',
    ENAMETOOLONG: 'its name is too long',
    EIO: 'the disk cannot read or write it',
    EEXIST: 'it already exists',
    EMFILE: 'too many files are open',
  }
  return problems[code ?? ''] ?? message
}

/** Returns why a file could not be written. A file that does not exist is no obstacle, but its folder is. */
export function writeProblem(error: unknown): string {
  return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'its folder does not exist' : fileProblem(error)
}
