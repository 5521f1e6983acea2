import json
import os
import signal
import subprocess
import unittest
import urllib.request


class SignInTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        command = ["npx", "gsa-cli", "emulator", "start", "--port", "0", "--json"]
        # npx does not forward signals, so the emulator gets a process group that we can stop as a whole.
        cls.process = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
        cls.addClassCleanup(cls.stop)
        cls.emulator = json.loads(cls.process.stdout.readline())

    @classmethod
    def stop(cls):
        os.killpg(cls.process.pid, signal.SIGTERM)
        # Waits until its output ends, which means until the emulator stops, not only npx.
        cls.process.communicate()

    def setUp(self):
        self.control("reset")

    def control(self, path, **body):
        request = urllib.request.Request(self.emulator["controlUrl"] + "/" + path, json.dumps(body).encode())
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def test_a_code_is_what_the_sdk_would_hand_over(self):
        self.assertRegex(self.control("codes", platform="android")["code"], "^4/0A")


if __name__ == "__main__":
    unittest.main()
