// A node:http server that does nothing: the minimum start-up time of any Node server.
const http = process.getBuiltinModule('node:http')

const server = http.createServer((_request, response) => response.end('{}'))
server.listen(0, '127.0.0.1', () => process.stdout.write(`http://127.0.0.1:${server.address().port}\n`))
process.stdin.on('end', () => process.exit()).resume()
