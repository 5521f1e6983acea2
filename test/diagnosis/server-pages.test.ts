import { describe, expect, test } from 'vitest'
import { recognise } from '../../src/diagnosis/recognise.ts'

const page = (status: number, title: string, sentence: string): string =>
  `<!DOCTYPE html>\n<html lang=en>\n  <meta charset=utf-8>\n  <title>Error ${status} (${title})!!1</title>\n  <p><b>${status}.</b> <ins>That’s an error.</ins>\n  <p>${sentence} <ins>That’s all we know.</ins>\n`
const temporary =
  'The server encountered a temporary error and could not complete your request. Please try again in 30 seconds.'

describe('a page of a server that failed', () => {
  test.each([
    [page(502, 'Server Error', temporary), 502, 'certain'],
    [page(503, 'Service Unavailable', 'The service you requested is not available at this time.'), 503, 'certain'],
    [
      `HTTP/1.1 503 Service Unavailable\ncontent-type: text/html\n\n${page(503, 'Service Unavailable', temporary)}`,
      503,
      'certain',
    ],
    ['<title>Error 503 (Service Unavailable)!!1</title>', 503, 'certain'],
    ['502. That’s an error.', 502, 'certain'],
    [temporary, 500, 'possible'],
    ['The service is temporarily unavailable.', 503, 'possible'],
    ['{"error":"temporarily_unavailable"}', 503, 'possible'],
    [
      '<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center></body></html>',
      502,
      'possible',
    ],
    ['HTTP 503', 503, 'possible'],
    ['temporarily unavailable', 503, 'possible'],
    ['503', 503, 'possible'],
    ['POST https://oauth2.googleapis.com/token 502', 502, 'likely'],
  ])('has its status: %s', (text, status, likelihood) => {
    expect(recognise(text)[0]).toMatchObject({
      code: 'server_failed',
      likelihood,
      cause: expect.stringContaining(`HTTP status ${status}`),
    })
  })

  test.each([
    '502 Bad Gateway from api.example.org',
    'listening on port 503',
    'fork: Resource temporarily unavailable',
  ])('is not seen in: %s', (text) => {
    expect(() => recognise(text)).toThrow('recognizes no error')
  })
})
