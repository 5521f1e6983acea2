// A server of node:http that does nothing: what any server in Node takes to start.
const http = process.getBuiltinModule('node:http')

const server = http.createServer((_request, response) => response.end('{}'))
server.listen(0, '127.0.0.1', () => process.stdout.write(`http://127.0.0.1:${server.address().port}\n`))
process.stdin.on('end', () => process.exit()).resume()
