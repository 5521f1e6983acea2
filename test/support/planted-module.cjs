// Preloaded with NODE_OPTIONS: a compiled module that gsa loads writes its path to the file LOADED, and then acts as a
// keychain that forgets.
const { appendFileSync } = require('node:fs')

process.dlopen = (module, file) => {
  appendFileSync(process.env.LOADED, `${file}\n`)
  const items = new Map()
  module.exports = {
    AsyncEntry: class {
      constructor(service, item) {
        this.item = item
      }
      async getPassword() {
        return items.get(this.item) ?? null
      }
      async setPassword(value) {
        items.set(this.item, value)
      }
      async deletePassword() {
        items.delete(this.item)
      }
    },
    findCredentialsAsync: async () => [],
  }
}
