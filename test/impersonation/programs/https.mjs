import { once } from 'node:events'
import { get } from 'node:https'

const [answer] = await once(get('https://accounts.google.com/.well-known/openid-configuration'), 'response')
console.log(JSON.parse((await answer.toArray()).join('')).issuer)
