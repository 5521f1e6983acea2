/** The parts of a browser that our library for pages uses. The rest of gsa must not see the types of the DOM. */
export interface Browser {
  readonly document: BrowserDocument
  readonly location: {
    readonly origin: string
    readonly href: string
    readonly protocol: string
    assign(url: string): void
  }
  readonly screen: { readonly width: number; readonly height: number }
  readonly crypto: { getRandomValues(bytes: Uint8Array): Uint8Array }
  readonly console: { error(text: string): void; warn(text: string): void }
  /** Mutable: our library adds itself. */
  google?: object
  readonly onGoogleLibraryLoad?: () => void
  open(url: string, name: string, features: string): { readonly closed: boolean } | null
  fetch(url: string, request?: { readonly method: string; readonly body?: URLSearchParams }): Promise<BrowserResponse>
  setTimeout(callback: () => void, milliseconds: number): void
  addEventListener(type: 'message', listener: (event: BrowserMessage) => void): void
  removeEventListener(type: 'message', listener: (event: BrowserMessage) => void): void
}

export interface BrowserMessage {
  readonly origin: string
  readonly data: { readonly id?: string; readonly answer?: Answer; readonly dismissed?: boolean } | null
}

interface BrowserResponse {
  readonly ok: boolean
  json(): Promise<unknown>
}

interface BrowserDocument {
  /** Mutable: setting it adds a cookie. */
  cookie: string
  readonly readyState: string
  readonly body: BrowserElement
  createElement(tag: string): BrowserElement
  getElementById(id: string): BrowserElement | null
  querySelectorAll(selector: string): Iterable<BrowserElement>
  addEventListener(type: string, listener: (event: { readonly target: unknown }) => void): void
  removeEventListener(type: string, listener: (event: { readonly target: unknown }) => void): void
}

/** Mutable: properties that the library sets. */
export interface BrowserElement {
  readonly style: { cssText: string }
  readonly dataset: Readonly<Record<string, string | undefined>>
  textContent: string
  title: string
  type: string
  name: string
  value: string
  method: string
  action: string
  src: string
  append(...children: readonly (BrowserElement | string)[]): void
  replaceChildren(...children: readonly BrowserElement[]): void
  setAttribute(name: string, value: string): void
  addEventListener(type: string, listener: () => void): void
  remove(): void
  submit(): void
}

/** A response as Google's library passes it to a callback: a code, an access token, a credential or an error. */
export type Answer = Readonly<Record<string, unknown>>

/** The parameters of an authorization request; undefined ones are not sent. */
export type RequestParameters = Readonly<Record<string, string | number | boolean | undefined>>

/** The `type` of the error that `error_callback` gets. */
export type WindowError = 'popup_failed_to_open' | 'popup_closed' | 'unknown'
