import { type Call, refusal } from '../http/reply.ts'

/**
 * Returns a parameter of an OAuth endpoint. Google reads it from the body, or from the query if it is not there.
 * @throws Refused when it was sent twice (RFC 6749 section 3.2).
 */
export function singleParameter(call: Call, name: string): string | undefined {
  const [value, ...more] = [...call.form.getAll(name), ...call.query.getAll(name)]
  if (more.length === 0) return value
  const description = `OAuth 2 parameters can only have a single value: ${name}`
  throw refusal(400, 'invalid_request', description)
}
