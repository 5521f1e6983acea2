/** Why a file could not be read or written, in words that fit behind a colon. */
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
    EDQUOT: 'the quota of the disk is used up',
    EFBIG: 'it may not grow that large',
    ENAMETOOLONG: 'its name is too long',
    EIO: 'the disk cannot read or write it',
    EEXIST: 'it exists already',
    EMFILE: 'too many files are open',
  }
  return problems[code ?? ''] ?? message
}
