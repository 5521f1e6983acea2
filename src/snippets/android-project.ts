import type { SnippetFile } from './snippet-file.ts'

/** The code with which an Android app sends its code to the backend, with either API. */
export const androidPosting: SnippetFile = {
  name: 'PostAuthCode.kt',
  language: 'kotlin',
  content: String.raw`package com.example.app

import java.io.IOException
import java.net.HttpURLConnection
import java.net.URL
import java.net.URLEncoder
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext

// Until you have a backend, use gsa serve in a debug build: http://10.0.2.2:8790/authcode from the Android emulator, and
// http://127.0.0.1:8790/authcode from a device over USB, after adb reverse tcp:8790 tcp:8790.
private const val BACKEND = "https://api.example.com/authcode"

/** Sends the code to your backend, once. Returns the HTTP status. AndroidManifest.xml must request android.permission.INTERNET. */
@Throws(IOException::class)
suspend fun postAuthCode(authCode: String): Int = withContext(Dispatchers.IO) {
    val body = ("authCode=" + URLEncoder.encode(authCode, "UTF-8")).toByteArray()
    val connection = URL(BACKEND).openConnection() as HttpURLConnection
    try {
        connection.requestMethod = "POST"
        connection.connectTimeout = 15_000
        connection.readTimeout = 60_000
        connection.instanceFollowRedirects = false
        connection.doOutput = true
        // A body with a fixed length is streamed, so Android cannot silently resend it on a new connection.
        connection.setFixedLengthStreamingMode(body.size)
        connection.setRequestProperty("Content-Type", "application/x-www-form-urlencoded")
        // The backends in Google's guides respond with 403 without this header. Google's old Android sample does not send it.
        connection.setRequestProperty("X-Requested-With", "XMLHttpRequest")
        connection.outputStream.use { it.write(body) }
        connection.responseCode
    } finally {
        connection.disconnect()
    }
}
`,
}

/** The files that allow http to a backend on the developer's machine, in debug builds only. */
export const androidDebugFiles: readonly SnippetFile[] = [
  {
    name: 'app/src/debug/AndroidManifest.xml',
    language: 'xml',
    content: String.raw`<manifest xmlns:android="http://schemas.android.com/apk/res/android">
    <application android:networkSecurityConfig="@xml/network_security_config" />
</manifest>
`,
  },
  {
    name: 'app/src/debug/res/xml/network_security_config.xml',
    language: 'xml',
    content: String.raw`<network-security-config>
    <!-- In debug builds only: http to the machine that this is developed on. Everything else stays HTTPS. -->
    <domain-config cleartextTrafficPermitted="true">
        <domain includeSubdomains="false">10.0.2.2</domain>
        <domain includeSubdomains="false">127.0.0.1</domain>
    </domain-config>
</network-security-config>
`,
  },
]
