import { describe, expect } from 'vitest'
import { put, test } from './drive-client.ts'

describe('a parameter of every method', () => {
  test('prettyPrint=false removes spaces and line ends, also from errors', async ({ google, drive }) => {
    expect((await drive.list({ prettyPrint: 'false', fields: 'kind' })).body).toBe('{"kind":"drive#fileList"}')
    expect((await drive.list({ prettyPrint: 'true', fields: 'kind' })).body).toBe('{\n  "kind": "drive#fileList"\n}\n')
    const error = await drive.get('files/nope', { prettyPrint: 'false' })
    expect(error.body).toBe(JSON.stringify(error.json))
    google.arm({ on: 'drive', fault: 'http-503' })
    const fault = await drive.list({ prettyPrint: 'false' })
    expect(fault.status).toBe(503)
    expect(fault.body).toBe(JSON.stringify(fault.json))
    const id = await put(drive, 'a', '{ "a": 1 }')
    expect((await drive.get(`files/${id}`, { prettyPrint: 'false', alt: 'media' })).body).toBe('{ "a": 1 }')
  })
})
