import { afterAll } from 'vitest'
import { endWindows } from '../support/run-on-windows.ts'

afterAll(endWindows)
