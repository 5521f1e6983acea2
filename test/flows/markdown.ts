import { fieldText } from '../../src/flows/field-text.ts'
import type { Flow, FlowField, FlowStep } from '../../src/flows/flow.ts'

/** Returns a flow as Markdown, without what differs from run to run: a diagram, and a section for each step. */
export function flowMarkdown(flow: Flow): string {
  return lasting([diagram(flow), ...flow.steps.map((step) => section(flow, step))].join('\n\n'))
}

function diagram({ parties, steps }: Flow): string {
  const arrows = { unseen: '-->>', response: '->>', request: '->>', message: '->>', work: '->>' } as const
  const lines = steps.map(({ number, from, to, kind, title }) =>
    from === to ? `  Note over ${from}: ${number}. ${title}` : `  ${from}${arrows[kind]}${to}: ${number}. ${title}`,
  )
  const participants = parties.map(({ id, name }) => `  participant ${id} as ${serverless(name)}`)
  return ['```mermaid', 'sequenceDiagram', ...participants, ...lines, '```'].join('\n')
}

function section({ parties }: Flow, step: FlowStep): string {
  const nameOf = (id: string): string => serverless(parties.find((party) => party.id === id)?.name ?? id)
  const route = step.from === step.to ? `inside ${nameOf(step.from)}` : `${nameOf(step.from)} to ${nameOf(step.to)}`
  const unseen = step.kind === 'unseen' ? ', not seen by gsa' : ''
  const links = step.specifications.map(({ name, url }) => `[${name}](${url})`).join(', ')
  return [
    `**${step.number}. ${step.title}** (${route}${unseen})`,
    ...(step.purpose === '' ? [] : [`${step.purpose}${links === '' ? '' : ` ${links}`}`]),
    ...(step.line === undefined ? [] : [`\`${step.line}\``]),
    ...(step.fields.length === 0 ? [] : [table(step.fields)]),
    ...(step.checks.length === 0 ? [] : [checks(step)]),
  ].join('\n\n')
}

function table(fields: readonly FlowField[]): string {
  const rows = (some: readonly FlowField[], indent: string): readonly string[] =>
    some.flatMap((field) => [
      `| ${indent}\`${field.name}\` | ${cell(fieldText(field))} | ${field.meaning ?? ''} |`,
      ...rows(field.contents ?? [], `${indent}· `),
    ])
  return ['| name | value | purpose |', '|---|---|---|', ...rows(fields, '')].join('\n')
}

function cell(text: string): string {
  return text === '' ? '' : text.startsWith('[') ? text : `\`${text}\``
}

function checks({ checks: all }: FlowStep): string {
  return all
    .map(({ what, result, specification }) => {
      const link = specification === undefined ? '' : ` ([${specification.name}](${specification.url}))`
      return `- ${result}: ${what}${link}`
    })
    .join('\n')
}

const serverless = (name: string): string => (name === 'Server' ? 'Google' : name)

/** Removes what differs from run to run. */
function lasting(text: string): string {
  return text
    .replaceAll(/127\.0\.0\.1:\d+\/[\w-]{22}(?![\w-])/g, '127.0.0.1:PORT/…')
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
    .replaceAll(/\d{10} \([\dT:.Z-]+\)/g, 'TIME')
    .replaceAll(/\w{3}, \d\d \w{3} \d{4} [\d:]+ GMT/g, 'DATE')
    .replaceAll(/\b20\d\d-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replaceAll(/\b[\da-f]{40}\b/g, 'KEY-ID')
    .replaceAll(/(at_hash` \| `)[\w-]{22}/g, '$1HASH')
    .replaceAll(/, \d+ characters?\]/g, ']')
}
