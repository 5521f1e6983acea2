import { androidDebugFiles, androidPosting } from './android-project.ts'
import { kotlinString } from './literals.ts'
import { filled, type SnippetFile, type SnippetValues } from './snippet-file.ts'

/** Returns an Android app with `AuthorizationClient` and Credential Manager, and its project files. */
export function android({ clientId, scopes }: SnippetValues): readonly SnippetFile[] {
  const activity = filled(template, {
    clientId: kotlinString(clientId),
    scopes: scopes.map((scope) => `Scope(${kotlinString(scope)})`).join(',\n    '),
  })
  return [
    { name: 'ConnectDriveActivity.kt', language: 'kotlin', content: activity },
    androidPosting,
    { name: 'app/build.gradle.kts', language: 'kotlin', content: dependencies },
    ...androidDebugFiles,
  ]
}

const template = String.raw`package com.example.app

import android.widget.Toast
import androidx.activity.ComponentActivity
import androidx.activity.result.IntentSenderRequest
import androidx.activity.result.contract.ActivityResultContracts.StartIntentSenderForResult
import androidx.credentials.CredentialManager
import androidx.credentials.CustomCredential
import androidx.credentials.GetCredentialRequest
import androidx.lifecycle.lifecycleScope
import com.google.android.gms.auth.api.identity.AuthorizationRequest
import com.google.android.gms.auth.api.identity.AuthorizationResult
import com.google.android.gms.auth.api.identity.Identity
import com.google.android.gms.common.api.ApiException
import com.google.android.gms.common.api.Scope
import com.google.android.libraries.identity.googleid.GetSignInWithGoogleOption
import com.google.android.libraries.identity.googleid.GoogleIdTokenCredential
import java.io.IOException
import kotlinx.coroutines.launch

// The WEB client of your backend, although this is an Android app: the id of an Android client fails with [28405].
// An Android client must exist as well, in the same project, with this app's package name and the SHA-1 of every key that
// signs it (debug, release, Play): otherwise DEVELOPER_ERROR (10) or [28444]. Its id does not appear in the code.
private const val WEB_CLIENT_ID = «clientId»

private val SCOPES = listOf(
    «scopes»,
)

/** Gets a code and sends it to your backend. Copy it into your activity. */
class ConnectDriveActivity : ComponentActivity() {
    private val authorization by lazy { Identity.getAuthorizationClient(this) }

    private val consent = registerForActivityResult(StartIntentSenderForResult()) { result ->
        try {
            sendCode(authorization.getAuthorizationResultFromIntent(result.data))
        } catch (error: ApiException) {
            show("Access was not given: " + error.message)
        }
    }

    /** Call it from a button. The user is asked for consent the first time only. */
    fun connectDrive() {
        val request = AuthorizationRequest.builder()
            .setRequestedScopes(SCOPES)
            // (WEB_CLIENT_ID, true) asks for consent again and returns a new refresh token. Use it only if your backend has lost
            // the old one: Google keeps 100 per account and client, and the next one silently revokes the oldest.
            .requestOfflineAccess(WEB_CLIENT_ID)
            .build()
        authorization.authorize(request)
            .addOnSuccessListener(this) { result ->
                val question = result.pendingIntent
                if (result.hasResolution() && question != null) {
                    consent.launch(IntentSenderRequest.Builder(question.intentSender).build())
                } else {
                    sendCode(result)
                }
            }
            .addOnFailureListener(this) { error -> show("Google refused: " + error.message) }
    }

    private fun sendCode(result: AuthorizationResult) {
        val authCode = result.serverAuthCode
        if (authCode == null) {
            show("No code came: is WEB_CLIENT_ID the id of a web client, in the project of this app?")
            return
        }
        lifecycleScope.launch {
            try {
                val status = postAuthCode(authCode)
                show(if (status == 200) "Connected" else "The backend answered $status")
            } catch (error: IOException) {
                // The code may have arrived, and works only once. Do not resend it: get a new one.
                show("The backend was not reached: " + error.message)
            }
        }
    }

    /**
     * Returns the ID token of the user who signs in to the app. Your backend does not need it to redeem a code, which returns its
     * own ID token; use it for your app's login. Your backend creates the nonce, and accepts it only once.
     *
     * For a sign-in without a button, GetGoogleIdOption takes the same client id and nonce.
     *
     * @throws androidx.credentials.exceptions.GetCredentialException if no user signs in
     */
    suspend fun signIn(nonce: String): String {
        val option = GetSignInWithGoogleOption.Builder(WEB_CLIENT_ID).setNonce(nonce).build()
        val request = GetCredentialRequest.Builder().addCredentialOption(option).build()
        val credential = CredentialManager.create(this).getCredential(this, request).credential
        check(credential is CustomCredential && credential.type == GoogleIdTokenCredential.TYPE_GOOGLE_ID_TOKEN_CREDENTIAL)
        return GoogleIdTokenCredential.createFrom(credential.data).idToken
    }

    private fun show(text: String) = Toast.makeText(this, text, Toast.LENGTH_LONG).show()
}
`

const dependencies = String.raw`dependencies {
    // These versions or newer.
    implementation("com.google.android.gms:play-services-auth:21.4.0")
    implementation("androidx.credentials:credentials:1.5.0")
    implementation("androidx.credentials:credentials-play-services-auth:1.5.0")
    implementation("com.google.android.libraries.identity.googleid:googleid:1.1.1")
    implementation("androidx.activity:activity-ktx:1.10.1")
    implementation("androidx.lifecycle:lifecycle-runtime-ktx:2.9.0")
}
`
