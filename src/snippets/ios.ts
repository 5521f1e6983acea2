import { swiftString, xmlText } from './literals.ts'
import { filled, type SnippetFile, type SnippetValues } from './snippet-file.ts'

/** Returns an iOS app with GoogleSignIn-iOS 9, and its Info.plist keys. */
export function ios({ clientId, scopes }: SnippetValues): readonly SnippetFile[] {
  const swift = filled(template, { scopes: scopes.map((scope) => swiftString(scope)).join(',\n        ') })
  return [
    { name: 'DriveConnection.swift', language: 'swift', content: swift },
    { name: 'Info.plist', language: 'xml', content: filled(plist, { clientId: xmlText(clientId) }) },
  ]
}

const template = String.raw`// GoogleSignIn-iOS 9, with Swift Package Manager from https://github.com/google/GoogleSignIn-iOS.
// Use 7.1.0 or newer: it is the first version with the privacy manifest that the App Store requires.
import Foundation
import GoogleSignIn
import UIKit

@MainActor
enum DriveConnection {
    static let backend = URL(string: "https://api.example.com/authcode")!
    static let scopes = [
        «scopes»,
    ]

    enum Problem: Error {
        case noServerAuthCode
        case refused(status: Int)
    }

    /// Lets the user choose an account and consent, and sends the code to the backend. Call it from a button.
    ///
    /// Only signIn and addScopes return a code. restorePreviousSignIn, for the start of the app, never does.
    /// If your backend has lost the refresh token, call GIDSignIn.sharedInstance.disconnect() and connect again.
    static func connect(from viewController: UIViewController) async throws {
        let result = try await GIDSignIn.sharedInstance.signIn(
            withPresenting: viewController, hint: nil, additionalScopes: scopes)
        try await send(result)
    }

    /// Asks the signed-in user for another scope, when it is needed.
    static func add(_ scopes: [String], to user: GIDGoogleUser, from viewController: UIViewController) async throws {
        try await send(try await user.addScopes(scopes, presenting: viewController))
    }

    private static func send(_ result: GIDSignInResult) async throws {
        // There is no code without GIDServerClientID in Info.plist.
        guard let code = result.serverAuthCode else { throw Problem.noServerAuthCode }
        try await post(authCode: code)
    }

    private static func post(authCode: String) async throws {
        // A code contains slashes, which must be percent-encoded in a form.
        guard let encoded = authCode.addingPercentEncoding(withAllowedCharacters: .alphanumerics) else {
            throw Problem.noServerAuthCode
        }
        var request = URLRequest(url: backend, timeoutInterval: 60)
        request.httpMethod = "POST"
        request.setValue("application/x-www-form-urlencoded", forHTTPHeaderField: "Content-Type")
        // The backends in Google's guides respond with 403 without this header.
        request.setValue("XMLHttpRequest", forHTTPHeaderField: "X-Requested-With")
        request.httpBody = Data("authCode=\(encoded)".utf8)
        // If this throws, the code may have arrived, and works only once. Do not resend it: connect again.
        let (_, response) = try await URLSession.shared.data(for: request)
        let status = (response as? HTTPURLResponse)?.statusCode ?? 0
        guard status == 200 else { throw Problem.refused(status: status) }
    }
}

// Returns from the browser to the app. SwiftUI, on the view of your App:
//     .onOpenURL { url in GIDSignIn.sharedInstance.handle(url) }
// UIKit: the same call in scene(_:openURLContexts:) of the scene delegate.
`

const plist = String.raw`<plist version="1.0">
  <dict>
    <!-- Your iOS client, which gsa does not know: put its id in place of YOUR_IOS_CLIENT_ID, here and in the URL scheme below.
         It must be of the same project as the web client, or Google answers invalid_audience. -->
    <key>GIDClientID</key>
    <string>YOUR_IOS_CLIENT_ID.apps.googleusercontent.com</string>
    <!-- The web client of your backend: without it there is no code. -->
    <key>GIDServerClientID</key>
    <string>«clientId»</string>
    <key>CFBundleURLTypes</key>
    <array>
      <dict>
        <key>CFBundleURLSchemes</key>
        <array>
          <string>com.googleusercontent.apps.YOUR_IOS_CLIENT_ID</string>
        </array>
      </dict>
    </array>
  </dict>
</plist>
`
