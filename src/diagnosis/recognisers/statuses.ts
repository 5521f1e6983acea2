import type { Facts } from '../facts.ts'
import { all, known, type Recogniser } from './recogniser.ts'

const isApi = ({ text }: Facts): boolean =>
  /\b(?!oauth2\.)[a-z]{2,30}\.googleapis\.com|googleapis\.com\/(?!oauth2|token)/.test(text)
const hasStatus =
  (...statuses: readonly number[]): ((facts: Facts) => boolean | string) =>
  ({ status, text }) =>
    statuses
      .find((one) => one === status || new RegExp(String.raw`(?<![\w.:-])${one}(?![\w.:-])`).test(text))
      ?.toString() ?? false
const tokenEndpoint =
  /oauth2\.googleapis\.com\/token|\/o\/oauth2\/(?:v\d\/)?token|googleapis\.com\/oauth2\/v\d\/token|cannot fetch token/i

const tokenRequest = ({ text, request, isGoogle }: Facts): boolean =>
  tokenEndpoint.test(text) || (request === 'token' && isGoogle)

/**
 * Recognises the status of an answer by Google whose body is not in the text. It applies only to a text in which no
 * other recogniser finds anything.
 */
export const statuses: readonly Recogniser[] = [
  known('client_refused', 'possible', all(tokenRequest, hasStatus(401)), {
    error: 'HTTP status 401',
    description: null,
    clientId: 'of this request',
  }),
  known('token_request_refused', 'possible', all(tokenRequest, hasStatus(400, 401, 403)), (facts) => ({
    error: `HTTP status ${facts.status ?? 400}`,
    description: null,
  })),
  known(
    'token_request_refused',
    'possible',
    all(/\b400 Bad Request\b/, /\bcallback\b|oauth|token/i, ({ isGoogle }) => isGoogle),
    { error: 'HTTP status 400', description: null },
  ),
  known('api_path_unknown', 'possible', all(isApi, hasStatus(404)), ({ host }) => ({
    host: host ?? 'the API',
    path: 'that address',
    method: 'GET',
    status: 404,
  })),
  known('token_endpoint_wrong', 'possible', /Error 40[045] \([\w ]{3,30}\)!!1/, {}),
  known('access_token_invalid', 'possible', all(isApi, hasStatus(401)), {}),
  known('scope_insufficient', 'possible', all(isApi, hasStatus(403)), {
    service: 'the API',
    message: 'HTTP status 403',
  }),
  known('api_not_enabled', 'possible', all(isApi, hasStatus(403)), { service: 'the API', link: null }),
]
