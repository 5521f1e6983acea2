import type { FlowEvent } from './event.ts'
import type { FlowField } from './flow.ts'
import { fieldText } from './field-text.ts'
import { stepKinds } from './steps.ts'

/** Returns the lines of `--debug` for an event: `>` sent, `<` received, `*` a step inside or beside gsa. */
export function flowLines(event: FlowEvent): readonly string[] {
  switch (event.type) {
    case 'request': {
      const query = event.fields.filter(({ place }) => place === 'query')
      const address = query.length === 0 ? '' : `?${query.map((field) => lineOf(field)).join('&')}`
      const others = event.fields.filter(({ place }) => place !== 'query')
      return [`> ${event.method} ${event.address}${address}`, ...linesOf(others).map((line) => `>   ${line}`)]
    }
    case 'response':
      return [
        `< ${event.status} (${Math.round(event.tookMs)} ms)`,
        ...linesOf(event.fields).map((line) => `<   ${line}`),
      ]
    case 'step': {
      const { name, line, fields = [], checks = [] } = event
      return [
        `* ${stepKinds[name].title}${line === undefined ? '' : `: ${line}`}`,
        ...linesOf(fields).map((one) => `*   ${one}`),
        ...checks.map(
          ({ what, result, detail }) => `*   ${result}: ${what}${detail === undefined ? '' : ` (${detail})`}`,
        ),
      ]
    }
  }
}

function linesOf(fields: readonly FlowField[]): readonly string[] {
  return fields.flatMap((field) => [
    lineOf(field),
    ...(field.contents === undefined ? [] : linesOf(field.contents).map((line) => `  ${line}`)),
  ])
}

function lineOf(field: FlowField): string {
  return `${field.name}${field.place === 'query' || field.place === 'form' ? '=' : ': '}${fieldText(field)}`
}
