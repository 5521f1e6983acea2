import type { FailureDetails } from '../../failures/table.ts'
import type { Facts } from '../facts.ts'
import { all, known, lacks, type Recogniser, says, wire } from './recogniser.ts'

const clientId = ({ text }: Facts): string | undefined =>
  /\b\d{6,20}-[a-z\d]{5,40}\.apps\.googleusercontent\.com/.exec(text)?.[0]
const ofClient =
  (error: string): ((facts: Facts) => FailureDetails<'client_refused'>) =>
  (facts) => ({ ...wire(error)(facts), clientId: clientId(facts) ?? 'of this request' })

/** Recognises rejected clients and invalid requests. */
export const clients: readonly Recogniser[] = [
  known('client_secret_missing', 'certain', /client_secret is missing/i, {}),
  known('client_secret_missing', 'certain', lacks('client_secret'), {}),
  known(
    'client_credentials_conflict',
    'certain',
    /Credentials in post body and basic Authorization header do not match/i,
    {},
  ),
  known('client_id_missing', 'certain', lacks('client_id'), {}),
  known('client_id_missing', 'certain', /Could not determine client ID from request/i, {}),
  known('client_type_refused', 'likely', /Invalid client type/i, ofClient('invalid_client')),
  known(
    'client_refused',
    'certain',
    /OAuth client was (?:not found|deleted|disabled)|client secret is invalid/i,
    (facts) =>
      ofClient(
        /deleted/i.test(facts.description ?? '')
          ? 'deleted_client'
          : /disabled/i.test(facts.description ?? '')
            ? 'disabled_client'
            : 'invalid_client',
      )(facts),
  ),
  known(
    'client_refused',
    'likely',
    /\b(?:bad|unknown|invalid|unrecognized) client[_ ]?id\b|Client missing a project id/i,
    ofClient('invalid_client'),
  ),
  known('client_refused', 'certain', says('deleted_client'), ofClient('deleted_client')),
  known('client_refused', 'certain', says('disabled_client'), ofClient('disabled_client')),
  known('audience_not_a_client', 'certain', /Audience is not a valid client ID/i, {}),
  known('client_of_another_project', 'certain', /audience client and the client need to be in the same project/i, {}),
  known('client_of_another_project', 'likely', says('invalid_audience'), {}),
  known('client_refused', 'likely', says('invalid_client'), ofClient('invalid_client')),
  known(
    'client_not_authorized',
    'likely',
    all(says('unauthorized_client'), (e) => !/using this method/.test(e.text)),
    (facts) => ({
      ...wire('unauthorized_client')(facts),
      clientId: clientId(facts) ?? 'that of this request',
    }),
  ),
  known('grant_type_refused', 'certain', lacks('grant_type'), {}),
  known('grant_type_refused', 'certain', /Invalid grant_type/i, {}),
  known('grant_type_refused', 'likely', says('unsupported_grant_type'), {}),
  known('token_not_revocable', 'certain', /Token expired or revoked/i, {}),
]
