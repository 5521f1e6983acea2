import type { IncomingMessage, ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import { answerConsent } from '../../src/emulator/index.ts'
import { startHttpServer } from '../support/http-server.ts'

// Servers other than the emulator, with forms unlike its own.

const html = { 'content-type': 'text/html' }

test.each([300, 301, 302, 303, 307, 308])('a redirect with status %i is followed', async (status) => {
  const respond = (request: IncomingMessage, response: ServerResponse): void => {
    if (request.url === '/auth') response.writeHead(status, { location: '/done' }).end()
    else response.end('done')
  }
  const origin = await startHttpServer(respond)
  expect((await answerConsent(`${origin}/auth`)).body).toBe('done')
})

test('a server that redirects immediately needs no form', async () => {
  const respond = (request: IncomingMessage, response: ServerResponse): void => {
    if (request.url === '/auth') response.writeHead(302, { location: '/done?code=1' }).end()
    else response.end('done')
  }
  const origin = await startHttpServer(respond)
  expect(await answerConsent(`${origin}/auth`)).toEqual({ status: 200, url: `${origin}/done?code=1`, body: 'done' })
})

test('supports an account select, a GET form, entities, hidden fields and cookies', async () => {
  const page = `<!-- <form><button name=decision value=allow></form> -->
    <form action="/answer?x"><input type=hidden name="a&amp;b" value='&lt;&#39;&#x41;&quot;'>
    <select name=account><option value="ada@example.com">A<option value="grace@corp.example" selected>G</select>
    <input type=checkbox name=scope value=openid checked><input type=checkbox name=scope value=email>
    <input type=checkbox name=newsletter checked><input type=checkbox name=spam>
    <button name=decision value=deny>No</button><button name=decision value=allow>Yes</button></form>`
  const respond = (request: IncomingMessage, response: ServerResponse): void => {
    if (request.url === '/auth') response.writeHead(200, { ...html, 'set-cookie': ['s=1; Path=/', 't=2'] }).end(page)
    else response.end(`${request.headers.cookie} ${request.url}`)
  }
  const origin = await startHttpServer(respond)
  const { body } = await answerConsent(`${origin}/auth`, { scopes: ['email'] })
  const sent = new URLSearchParams(body.split('?')[1])
  expect(body).toMatch(/^s=1; t=2 \/answer\?/)
  expect([...sent]).toEqual([
    ['a&b', '<\'A"'],
    ['account', 'grace@corp.example'],
    ['scope', 'email'],
    ['newsletter', 'on'],
    ['decision', 'allow'],
  ])
})

test('a form that carries the response to the app is sent with its named hidden fields only', async () => {
  const form = `<form method=post action=/callback><input type=hidden name=code value=1><input type=hidden value=2>
    <input type=submit name=go value=3></form>`
  const respond = (request: IncomingMessage, response: ServerResponse, body: string): void => {
    if (request.url === '/auth') response.writeHead(200, html).end(form)
    else response.end(body)
  }
  const origin = await startHttpServer(respond)
  expect((await answerConsent(`${origin}/auth`)).body).toBe('code=1')
})

test('307 repeats the form, 303 does not', async () => {
  const form = '<form method=post action=/307><button name=decision value=allow></button></form>'
  const respond = (request: IncomingMessage, response: ServerResponse, body: string): void => {
    if (request.url === '/auth') response.writeHead(200, html).end(form)
    else if (request.url === '/307') response.writeHead(307, { location: '/303' }).end()
    else if (request.url === '/303') response.writeHead(303, { location: `/end?${request.method}-${body}` }).end()
    else response.end(`${request.method} ${request.url}`)
  }
  const origin = await startHttpServer(respond)
  expect((await answerConsent(`${origin}/auth`)).body).toBe('GET /end?POST-decision=allow')
})

test('a choice that the form does not offer is an error naming it', async () => {
  const form = `<form><input type=radio name=account value=a><input type=checkbox name=scope value=openid>
    <button name=decision value=allow></button></form>`
  const respond = (_request: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(200, html).end(form)
  }
  const origin = await startHttpServer(respond)
  await expect(answerConsent(origin, { account: 'b' })).rejects.toThrow('does not offer the account b')
  await expect(answerConsent(origin, { scopes: ['email'] })).rejects.toThrow('does not offer the scope email')
  await expect(answerConsent(origin, { decision: 'deny' })).rejects.toThrow('no button "deny"')
})

test('stops after too many redirects', async () => {
  const respond = (_request: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(302, { location: '/again' }).end()
  }
  const origin = await startHttpServer(respond)
  await expect(answerConsent(origin)).rejects.toThrow('redirects')
})

test('a redirect to a port where nothing listens ends with status 0 and the address', async () => {
  const respond = (_request: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(302, { location: 'http://127.0.0.1:9/cb?code=1' }).end()
  }
  const origin = await startHttpServer(respond)
  expect(await answerConsent(origin)).toEqual({ status: 0, url: 'http://127.0.0.1:9/cb?code=1', body: '' })
})

test('radio buttons of another question are sent as they are checked', async () => {
  const form = `<form><input type=radio name=colour value=red checked><input type=radio name=colour value=blue>
    <select name=size><option value=small><option value=large selected></select>
    <button name=decision value=allow></button></form>`
  const respond = (request: IncomingMessage, response: ServerResponse): void => {
    if (request.url === '/auth') response.writeHead(200, html).end(form)
    else response.end(request.url)
  }
  const origin = await startHttpServer(respond)
  const { body } = await answerConsent(`${origin}/auth`)
  expect([...new URLSearchParams(body.split('?')[1])]).toEqual([
    ['colour', 'red'],
    ['size', 'large'],
    ['decision', 'allow'],
  ])
})

test.each([
  ['a code', 'the app', 'code'],
  ['an error', 'the app', 'error'],
  ['neither', 'the page', 'token'],
])('a form of hidden fields with %s among them ends at %s', async (_, end, name) => {
  const form = `the page<form method=post action=/app><input type=hidden name=state value=1><input type=hidden name=${name} value=2></form>`
  const respond = (request: IncomingMessage, response: ServerResponse): void => {
    if (request.url === '/auth') response.writeHead(200, html).end(form)
    else response.end('the app')
  }
  const origin = await startHttpServer(respond)
  expect((await answerConsent(`${origin}/auth`)).body).toMatch(new RegExp(`^${end}`))
})
