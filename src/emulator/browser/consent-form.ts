import { type FormField, type HtmlForm, parseForms } from './html-form.ts'

/** The user's choices on the consent page. */
export interface ConsentAnswer {
  /** The email address or `sub` of the account to pick; default: the preselected account, or else the first. */
  readonly account?: string
  /** The scopes to tick, by full or short name; default: all. */
  readonly scopes?: readonly string[]
  /** The button to press; default: `allow`. */
  readonly decision?: 'allow' | 'deny'
  /** Grants access for 180 days only. */
  readonly limitedAccess?: boolean
  /** The certificate of the emulator's CA: its `caFile`, if it has one. */
  readonly caFile?: string | undefined
}

/** Returns the first form on the page that has a `decision` button. */
export function consentForm(html: string): HtmlForm | undefined {
  return parseForms(html).find((form) => form.fields.some((field) => field.name === 'decision'))
}

/**
 * Returns the form that carries an authorization response to the app: it has no choices, and its hidden fields include
 * a code or an error.
 */
export function responseForm(html: string): HtmlForm | undefined {
  return parseForms(html).find(
    ({ method, fields }) =>
      method === 'post' &&
      fields.some(({ name, type }) => type === 'hidden' && (name === 'code' || name === 'error')) &&
      fields.every(({ type }) => type === 'hidden' || type === 'submit'),
  )
}

/** Returns the fields of a form that offers no choices. */
export function hiddenValues(form: HtmlForm): URLSearchParams {
  const values = new URLSearchParams()
  for (const { name, type, value } of form.fields) if (type === 'hidden' && name !== '') values.append(name, value)
  return values
}

/**
 * Returns the fields of a consent form as a browser would send them with these choices.
 * @throws Error when the form has no such account, scope or button.
 */
export function consentValues(form: HtmlForm, answer: ConsentAnswer): URLSearchParams {
  const decision = answer.decision ?? 'allow'
  const button = form.fields.find((field) => field.name === 'decision' && field.value === decision)
  if (button === undefined) throw new Error(`the consent form has no button "${decision}"`)
  const account = chosenAccount(form.fields, answer.account)
  const ticked = tickedScopes(form.fields, answer.scopes)
  const data = new URLSearchParams()
  for (const field of form.fields) {
    const { name, type } = field
    const choice = type === 'radio' || type === 'option'
    const sent =
      name === 'account' && choice
        ? field === account
        : name === 'scope' && type === 'checkbox'
          ? ticked.has(field)
          : name === 'duration' && choice
            ? (field.value === 'limited') === (answer.limitedAccess ?? false)
            : type === 'submit' || type === 'button'
              ? field === button
              : choice || type === 'checkbox'
                ? field.checked
                : true
    if (sent && name !== '')
      data.append(name, name === 'other' && account === undefined ? (answer.account ?? '') : field.value)
  }
  return data
}

function chosenAccount(fields: readonly FormField[], wanted: string | undefined): FormField | undefined {
  const choices = fields.filter((field) => field.name === 'account' && ['radio', 'option'].includes(field.type))
  if (wanted === undefined) return choices.find((choice) => choice.checked) ?? choices[0]
  const found = choices.find(({ value, attributes }) => value === wanted || attributes.get('data-sub') === wanted)
  const isTyped = fields.some((field) => field.name === 'other' && field.type === 'text')
  if (found === undefined && !isTyped && choices.length > 0)
    throw new Error(`the consent form does not offer the account ${wanted}`)
  return found
}

function tickedScopes(fields: readonly FormField[], wanted: readonly string[] | undefined): ReadonlySet<FormField> {
  const boxes = fields.filter((field) => field.name === 'scope' && field.type === 'checkbox')
  if (wanted === undefined) return new Set(boxes)
  return new Set(
    wanted.map((scope) => {
      const box = boxes.find(
        ({ value, attributes }) =>
          value === scope || attributes.get('data-alias') === scope || value.endsWith(`/auth/${scope}`),
      )
      if (box === undefined) throw new Error(`the consent form does not offer the scope ${scope}`)
      return box
    }),
  )
}
