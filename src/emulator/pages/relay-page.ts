import type { Reply } from '../http/reply.ts'
import type { StorageRelay } from '../records/storage-relay.ts'
import { pageReply } from './page.ts'

/** The page that opened this window or frames it; null if its opener policy cuts it off. */
const connection = 'const page=opener??(parent===self?null:parent)'

/**
 * Returns the last page of a window that a page opened: it hands the response to that page, and to no other origin, and
 * closes itself.
 */
export function relayPage(relay: StorageRelay, answer: Readonly<Record<string, unknown>>, isCard: boolean): Reply {
  const message = inScript({ id: relay.id, answer })
  const script = `${connection};page?.postMessage(${message},${inScript(relay.origin)});close()`
  const content = `<h1>Back to the app</h1>
<p class="lead">The app has the response. You can close this window.</p>`
  return pageReply({ title: 'Back to the app', content, script, ...(isCard && { framedBy: relay.origin }) })
}

/**
 * Returns the script of a page in a window or frame that a page opened. It tells that page that it is open. Where the
 * opener policy of the page cuts the connection, it tells the emulator, and also when it closes.
 */
export function windowScript({ id, origin }: StorageRelay): string {
  const target = inScript(origin)
  return `${connection};
const id=${inScript(id)};
if(page)page.postMessage({id},${target});
else{
const tell=(open)=>navigator.sendBeacon('/gsi/window?'+new URLSearchParams({id,open}));
addEventListener('pageshow',()=>tell(1));
addEventListener('pagehide',()=>tell(0));
}
document.querySelector('[name=dismiss]')?.addEventListener('click',()=>page.postMessage({id,dismissed:true},${target}));`
}

/** Returns a value as JavaScript that cannot end the script element. */
function inScript(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c')
}
