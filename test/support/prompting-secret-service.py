"""A Secret Service with a keyring that stays locked until access is allowed, and a prompt that waits for the reply.

Run by with-keyring.sh --prompting. The file named by the first argument contains the reply: "allow" unlocks the keyring for
as long as the file exists, anything else dismisses the prompt, and without the file the prompt stays open. Items are
kept in memory.
"""

import hashlib
import hmac
import os
import secrets
import subprocess
import sys

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

ROOT = '/org/freedesktop/secrets'
KEYRING = ROOT + '/collection/login'
SECRET = 'org.freedesktop.Secret.'
PROPERTIES = 'org.freedesktop.DBus.Properties'
NOTHING = dbus.ObjectPath('/')
# RFC 2409 section 6.2
PRIME = int(
    'FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B'
    '302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE6'
    '49286651ECE65381FFFFFFFFFFFFFFFF',
    16,
)

dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
bus = dbus.SessionBus()
name = dbus.service.BusName('org.freedesktop.secrets', bus)
answer_file = sys.argv[1]
keys, items, prompts = {}, {}, []


def answer():
    if not os.path.exists(answer_file):
        return None
    with open(answer_file) as file:
        return file.read()


def is_locked():
    return answer() != 'allow'


def aes(direction, key, iv, data):
    command = ['openssl', 'enc', '-aes-128-cbc', direction, '-K', key.hex(), '-iv', iv.hex()]
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout


def sealed(session, value):
    iv = os.urandom(16)
    data = aes('-e', keys[session], iv, value)
    return dbus.Struct((session, dbus.ByteArray(iv), dbus.ByteArray(data), 'text/plain'), signature='oayays')


def opened(secret):
    return aes('-d', keys[secret[0]], bytes(secret[1]), bytes(secret[2]))


class Item(dbus.service.Object):
    def __init__(self, attributes, value):
        self.attributes, self.value = dict(attributes), value
        self.path = dbus.ObjectPath('%s/%d' % (KEYRING, secrets.randbelow(1 << 60)))
        items[self.path] = self
        super().__init__(bus, self.path)

    @dbus.service.method(SECRET + 'Item', in_signature='o', out_signature='(oayays)')
    def GetSecret(self, session):
        return sealed(session, self.value)

    @dbus.service.method(SECRET + 'Item', in_signature='(oayays)')
    def SetSecret(self, secret):
        self.value = opened(secret)

    @dbus.service.method(SECRET + 'Item', out_signature='o')
    def Delete(self):
        del items[self.path]
        self.remove_from_connection()
        return NOTHING

    @dbus.service.method(PROPERTIES, in_signature='ss', out_signature='v')
    def Get(self, _, wanted):
        attributes = dbus.Dictionary(self.attributes, signature='ss')
        return {'Locked': dbus.Boolean(is_locked()), 'Label': 'gsa', 'Attributes': attributes}[wanted]


class Keyring(dbus.service.Object):
    @dbus.service.method(SECRET + 'Collection', in_signature='a{sv}(oayays)b', out_signature='oo')
    def CreateItem(self, properties, secret, _):
        attributes = properties[SECRET + 'Item.Attributes']
        return Item(attributes, opened(secret)).path, NOTHING

    @dbus.service.method(PROPERTIES, in_signature='ss', out_signature='v')
    def Get(self, _, wanted):
        return {'Locked': dbus.Boolean(is_locked()), 'Label': 'login'}[wanted]


class Prompt(dbus.service.Object):
    def __init__(self, objects):
        self.objects = objects
        self.path = dbus.ObjectPath('%s/prompt/%d' % (ROOT, len(prompts)))
        prompts.append(self)
        super().__init__(bus, self.path)

    @dbus.service.method(SECRET + 'Prompt', in_signature='s')
    def Prompt(self, _):
        GLib.timeout_add(20, self.look)

    def look(self):
        if answer() is None:
            return True
        unlocked = dbus.Array([] if is_locked() else self.objects, signature='o')
        self.Completed(dbus.Boolean(is_locked()), unlocked)
        return False

    @dbus.service.signal(SECRET + 'Prompt', signature='bv')
    def Completed(self, dismissed, result):
        pass


def refuse_as_kwallet():
    """Fails, as KWallet does for some key agreements, as many times as the file `refuse` beside `answer` says."""
    path = os.path.join(os.path.dirname(answer_file), 'refuse')
    left = int(open(path).read()) if os.path.exists(path) else 0
    if left > 0:
        with open(path, 'w') as file:
            file.write(str(left - 1))
        raise dbus.exceptions.DBusException('Client public key size is invalid', name='org.freedesktop.DBus.Error.InvalidArgs')


class Service(dbus.service.Object):
    @dbus.service.method(SECRET + 'Service', in_signature='sv', out_signature='vo')
    def OpenSession(self, _, theirs):
        refuse_as_kwallet()
        mine = secrets.randbelow(PRIME)
        shared = pow(int.from_bytes(bytes(theirs), 'big'), mine, PRIME).to_bytes(128, 'big')
        # HKDF with SHA-256, neither salt nor info, and one block.
        extracted = hmac.digest(b'\0' * 32, shared, hashlib.sha256)
        session = dbus.ObjectPath('%s/session/%d' % (ROOT, len(keys)))
        keys[session] = hmac.digest(extracted, b'\1', hashlib.sha256)[:16]
        return dbus.ByteArray(pow(2, mine, PRIME).to_bytes(128, 'big'), variant_level=1), session

    @dbus.service.method(SECRET + 'Service', in_signature='a{ss}', out_signature='aoao')
    def SearchItems(self, wanted):
        found = [path for path, item in items.items() if wanted.items() <= item.attributes.items()]
        return ([], found) if is_locked() else (found, [])

    @dbus.service.method(SECRET + 'Service', in_signature='ao', out_signature='aoo')
    def Unlock(self, objects):
        return ([], Prompt(objects).path) if is_locked() else (objects, NOTHING)

    @dbus.service.method(SECRET + 'Service', in_signature='s', out_signature='o')
    def ReadAlias(self, _):
        return dbus.ObjectPath(KEYRING)


service = Service(bus, ROOT)
keyring = Keyring(bus, KEYRING)
GLib.MainLoop().run()
