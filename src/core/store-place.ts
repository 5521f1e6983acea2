/** Returns where a store keeps secrets, as it stands in a sentence: `in the keychain`. Null stands for none. */
export function storePlace(store: string | null): string {
  if (store === 'memory') return 'in memory'
  if (store === 'environment') return 'in GSA_REFRESH_TOKEN'
  if (store?.startsWith('postgres:') === true) return `in the database ${store.replace(/^postgres:(?:\/\/)?/, '')}`
  if (store?.startsWith('file:') === true) return `in ${store.slice('file:'.length)}`
  return store?.startsWith('helper:') === true
    ? `in docker-credential-${store.slice('helper:'.length)}`
    : `in the ${store}`
}
