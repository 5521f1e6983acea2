import type { FlowCheck, FlowField } from './flow.ts'
import type { StepName } from './steps.ts'

/** A request that is about to be sent. */
export interface RequestEvent {
  readonly type: 'request'
  readonly method: string
  /** The address without its query. */
  readonly address: string
  readonly fields: readonly FlowField[]
}

/** The response to the last request. */
interface ResponseEvent {
  readonly type: 'response'
  readonly status: number
  readonly tookMs: number
  readonly fields: readonly FlowField[]
}

/** A step that is not a request of gsa, or checks. */
export interface StepEvent {
  readonly type: 'step'
  readonly name: StepName
  readonly line?: string
  readonly fields?: readonly FlowField[]
  readonly checks?: readonly FlowCheck[]
  readonly isError?: boolean
}

/** A part of a flow, at the moment when it happens. Nothing in it is a secret. */
export type FlowEvent = RequestEvent | ResponseEvent | StepEvent

/**
 * Receives what happens in a flow.
 * @param secrets the secrets that the event describes: they are removed from all texts, in case a server repeats them
 */
export type Trace = (event: FlowEvent, secrets?: readonly string[]) => void
