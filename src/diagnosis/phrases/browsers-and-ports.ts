import { all, type Family, known } from '../recognisers/recogniser.ts'

const port = (text: string): number | null => {
  const found = Number(
    /(?:EADDRINUSE|in use|socket address|allocated)\D{0,80}(?:127\.0\.0\.1|::1?|0\.0\.0\.0|localhost|port|\*)[: \])]{1,3}(\d{2,5})\b/i.exec(
      text,
    )?.[1] ?? /(?::|port )(\d{2,5})\b(?=.{0,60}(?:in use|allocated))/i.exec(text)?.[1],
  )
  return found > 0 && found < 65_536 ? found : null
}

/** A login through the browser on a machine that cannot open one or cannot listen. Servers have the same trouble. */
export const browserPhrases: Family = {
  words:
    /browser|xdg|EACCES|10013|10048|socket|bind|listen|\bport\b|EADDR|address|denied|Cross-Origin|loopback|network access|Headless|Desktop|gio: |opn\b|callback|访问权限|ソケット|сокет/i,
  recognisers: [
    known(
      'browser_missing',
      'likely',
      /(?:spawn|exec:?|run|command).{0,20}["']?(?:xdg-open|wslview|x-www-browser|www-browser|sensible-browser|open|cmd\.exe|rundll32\S{0,4}|powershell\.exe)\b.{0,80}(?:ENOENT|not found|no such file)|xdg-open: (?:no method|command not found)|(?:www-browser|links2?|lynx|w3m|x-www-browser): (?:command )?not found|could(?: not|n't) (?:locate|find) (?:a )?(?:runnable|suitable|web|any|default)? ?(?:web )?browser|no (?:default |usable |web |suitable |runnable )*browser\b|webbrowser\.Error|Exited with code [1-4]\b.{0,200}\b(?:opn|open|xdg-open)\b|(?:failed|unable|could not|couldn't|cannot|error)(?: to)? (?:launch|open|opening|start|launching)(?:ing)? (?:a |the |your |default |system |web ){0,3}browser(?! process)|HeadlessException|Desktop(?:\.browse)? (?:API )?is not supported|No application (?:is )?registered.{0,40}(?:http|url)|gio: https?:.{0,200}(?:not supported|no application)|browser.{0,40}(?:not (?:installed|available|found)|is missing)/i,
      {},
    ),
    known(
      'port_reserved',
      'likely',
      /listen EACCES|EACCES:? (?:permission denied )?(?:\d|::|0\.0\.0\.0|localhost)|WinError 10013|WSAEACCES|access a socket in a way forbidden|bind(?:ing)?\b.{0,60}permission denied|permission denied.{0,60}\bbind(?:ing)?\b|listen\b.{0,60}permission denied|(?:create|bind|open)\w{0,4}.{0,30}(?:server )?socket.{0,60}Permission denied|访问权限不允许的方式|aufgrund der Zugriffsrechte des Sockets|acc[eè]s à un socket de manière interdite|acceso a un socket no permitido|禁じられた方法でソケット|запрещенным правами доступа|HttpList\w{0,3}ner\w{0,12}.{0,60}(?:Access is denied|denied)|excluded ?port ?range|\b10013\b.{0,60}socket|PermissionError.{0,80}(?:server_bind|socket\.bind|httpserver)|(?:server_bind|socket\.bind).{0,200}PermissionError/i,
      {},
    ),
    known(
      'port_busy',
      'likely',
      /EADDRINUSE|Address already in use|Only one usage of each socket address|port.{0,20} is already (?:in use|allocated)|WinError 10048|address in use|port \d{2,5} (?:is )?(?:already )?(?:in use|taken|occupied)|is port \d{1,5} in use|(?:fail\w{0,3}|unable|could not|cannot) (?:to )?start.{0,30}(?:callback|loopback|local|oauth)\w{0,12} ?server/i,
      ({ text }) => ({ port: port(text) }),
    ),
    known(
      'loopback_blocked_by_browser',
      'likely',
      /loopback address space|local network access|private network access|more-private address space|\b(?:target|unknown) address space\b|Access-Control-(?:Allow|Request)-(?:Private|Local)-Network|permission was denied for this request to access the .{0,12}address space/i,
      {},
    ),
    known(
      'popup_closed',
      'likely',
      all(/Cross-Origin-Opener-Policy/i, /window\.(?:postMessage|closed?|opener)|policy would block/i),
      {},
    ),
  ],
}
