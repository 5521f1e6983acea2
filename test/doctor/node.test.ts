import { expect, test } from 'vitest'
import { requireNode } from '../../src/doctor/machine-checks.ts'

test.each(['20.19.0', '20.20.2', '22.1.0', '24.0.0', '26.0.0-nightly'])('Node %s is new enough', (version) => {
  expect(() => requireNode(version)).not.toThrow()
})

test.each(['20.18.3', '20.9.0', '18.20.4', '8.0.0'])('Node %s is not', (version) => {
  expect(() => requireNode(version)).toThrow(`gsa needs Node 20.19.0 or newer, but this is Node ${version}.`)
})
