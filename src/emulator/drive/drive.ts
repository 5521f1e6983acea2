import { type Call, notFoundPage, type Reply } from '../http/reply.ts'
import type { LocalGoogle } from '../local-google.ts'
import { about } from './about.ts'
import { authorizeDrive, type DriveCall } from './call.ts'
import { copyFile, createFile, deleteFile, exportFile, getFile, unsupportedForFile, updateFile } from './files.ts'
import { generateIds, listFiles } from './list.ts'
import { readMetadata } from './upload.ts'

/** One method of the Drive API: its path, its name in error details, and the access it needs. */
interface DriveMethod {
  readonly verb: string
  readonly path: RegExp
  readonly name: string
  readonly access: 'read' | 'write'
  readonly answer: (drive: DriveCall, id: string) => Reply
}

const methods: readonly DriveMethod[] = [
  { verb: 'GET', path: /^about$/, name: 'DriveAbout.Get', access: 'read', answer: (drive) => about(drive) },
  { verb: 'GET', path: /^files$/, name: 'DriveFiles.List', access: 'read', answer: (drive) => listFiles(drive) },
  {
    verb: 'GET',
    path: /^files\/generateIds$/,
    name: 'DriveFiles.GenerateIds',
    access: 'write',
    answer: (drive) => generateIds(drive),
  },
  {
    verb: 'POST',
    path: /^files$/,
    name: 'DriveFiles.Create',
    access: 'write',
    answer: (drive) => createFile(drive, readMetadata(drive.call)),
  },
  { verb: 'GET', path: /^files\/([^/]+)$/, name: 'DriveFiles.Get', access: 'read', answer: getFile },
  {
    verb: 'PATCH',
    path: /^files\/([^/]+)$/,
    name: 'DriveFiles.Update',
    access: 'write',
    answer: (drive, id) => updateFile(drive, id, readMetadata(drive.call)),
  },
  { verb: 'DELETE', path: /^files\/([^/]+)$/, name: 'DriveFiles.Delete', access: 'write', answer: deleteFile },
  {
    verb: 'POST',
    path: /^files\/([^/]+)\/copy$/,
    name: 'DriveFiles.Copy',
    access: 'write',
    answer: (drive, id) => copyFile(drive, id, readMetadata(drive.call)),
  },
  {
    verb: 'GET',
    path: /^files\/([^/]+)\/export$/,
    name: 'DriveFiles.Export',
    access: 'read',
    answer: exportFile,
  },
  {
    verb: 'POST',
    path: /^files\/([^/]+)\/permissions$/,
    name: 'DrivePermissions.Create',
    access: 'write',
    answer: unsupportedForFile,
  },
]

/** Handles `/drive/v3/…`, and downloads at `/download/drive/v3/…` (evidence B8, B9). */
export function driveEndpoint(google: LocalGoogle, call: Call): Reply {
  const rest = call.path.replace(/^(?:\/download)?\/drive\/v3\//, '')
  for (const { verb, path, name, access, answer } of methods) {
    const match = verb === call.method ? path.exec(rest) : null
    if (match !== null) return answer(authorizeDrive(google, call, name, access), decodeId(match[1] ?? ''))
  }
  return notFoundPage(call.path)
}

/** Returns a file id as it was before it was put into a path. */
export function decodeId(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
