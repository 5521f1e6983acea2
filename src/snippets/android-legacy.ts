import { androidDebugFiles, androidPosting } from './android-project.ts'
import { kotlinString } from './literals.ts'
import { filled, type SnippetFile, type SnippetValues } from './snippet-file.ts'

/** Returns an Android app with `GoogleSignIn`, as in the old guides. */
export function androidLegacy({ clientId, scopes }: SnippetValues): readonly SnippetFile[] {
  const activity = filled(template, {
    clientId: kotlinString(clientId),
    scopes: scopes.map(scopeExpression).join(',\n                '),
  })
  return [
    { name: 'SignInActivity.kt', language: 'kotlin', content: activity },
    androidPosting,
    { name: 'app/build.gradle.kts', language: 'kotlin', content: dependencies },
    ...androidDebugFiles,
  ]
}

/** Returns the app folder's scope as a constant, as the guides do. */
function scopeExpression(scope: string): string {
  return scope === 'https://www.googleapis.com/auth/drive.appdata'
    ? 'Scope(Scopes.DRIVE_APPFOLDER)'
    : `Scope(${kotlinString(scope)})`
}

const template = String.raw`package com.example.app

import android.widget.Toast
import androidx.activity.ComponentActivity
import androidx.activity.result.contract.ActivityResultContracts.StartActivityForResult
import androidx.lifecycle.lifecycleScope
import com.google.android.gms.auth.api.signin.GoogleSignIn
import com.google.android.gms.auth.api.signin.GoogleSignInOptions
import com.google.android.gms.common.Scopes
import com.google.android.gms.common.api.ApiException
import com.google.android.gms.common.api.Scope
import java.io.IOException
import kotlinx.coroutines.launch

// GoogleSignIn is deprecated and no longer supported by Google; "gsa snippet android" prints its replacement.
// The exception is Wear OS 3, 4 and 5.0, which have no Credential Manager.

// The WEB client of your backend, although this is an Android app. An Android client must exist as well, in the same project,
// with this app's package name and the SHA-1 of every key that signs it: otherwise DEVELOPER_ERROR (10).
private const val SERVER_CLIENT_ID = «clientId»

@Suppress("DEPRECATION")
class SignInActivity : ComponentActivity() {
    private val client by lazy {
        val options = GoogleSignInOptions.Builder(GoogleSignInOptions.DEFAULT_SIGN_IN)
            .requestScopes(
                «scopes»,
            )
            // (SERVER_CLIENT_ID, true) asks for consent again and returns a new refresh token. Use it only if your backend has
            // lost the old one.
            .requestServerAuthCode(SERVER_CLIENT_ID)
            .requestIdToken(SERVER_CLIENT_ID)
            .requestEmail()
            .build()
        GoogleSignIn.getClient(this, options)
    }

    private val signedIn = registerForActivityResult(StartActivityForResult()) { result ->
        try {
            val account = GoogleSignIn.getSignedInAccountFromIntent(result.data).getResult(ApiException::class.java)
            sendCode(account.serverAuthCode)
        } catch (error: ApiException) {
            // 12501: the user went back. 10: see SERVER_CLIENT_ID.
            show("Sign-in failed: " + error.statusCode)
        }
    }

    /** Call it from a button. */
    fun signIn() = signedIn.launch(client.signInIntent)

    private fun sendCode(authCode: String?) {
        if (authCode == null) {
            show("No code came: is SERVER_CLIENT_ID the id of a web client, in the project of this app?")
            return
        }
        lifecycleScope.launch {
            try {
                val status = postAuthCode(authCode)
                show(if (status == 200) "Connected" else "The backend answered $status")
            } catch (error: IOException) {
                // The code may have arrived, and works only once. Do not resend it: sign in again.
                show("The backend was not reached: " + error.message)
            }
        }
    }

    private fun show(text: String) = Toast.makeText(this, text, Toast.LENGTH_LONG).show()
}
`

const dependencies = String.raw`dependencies {
    // Future versions will not include GoogleSignIn.
    implementation("com.google.android.gms:play-services-auth:21.4.0")
    implementation("androidx.activity:activity-ktx:1.10.1")
    implementation("androidx.lifecycle:lifecycle-runtime-ktx:2.9.0")
}
`
