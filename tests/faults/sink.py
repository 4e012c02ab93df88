"""A mail server that takes every letter, and can keep a caller waiting for its greeting."""
import socket
import threading


class Sink:
    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.letters, self.held = [], 0
        self.holding = False
        self.released = threading.Event()
        threading.Thread(target=self.accept, daemon=True).start()

    def hold(self):
        """The next connection waits for release()."""
        self.released.clear()
        self.holding = True

    def release(self):
        self.released.set()

    def accept(self):
        while True:
            try:
                s, _ = self.listener.accept()
            except OSError:
                return
            held, self.holding = self.holding, False
            threading.Thread(target=self.serve, args=(s, held), daemon=True).start()

    def serve(self, s, held):
        try:
            with s, s.makefile("rb") as f:
                if held:
                    self.held += 1
                    self.released.wait()
                s.sendall(b"220 sink ESMTP\r\n")
                self.speak(s, f)
        except OSError:
            pass

    def speak(self, s, f):
        for line in f:
            verb = line[:4].upper()
            if verb == b"DATA":
                s.sendall(b"354 go on\r\n")
                body = b""
                for part in f:
                    if part == b".\r\n":
                        self.letters.append(body)
                        break
                    body += part
                else:
                    return  # cut off: no letter
                s.sendall(b"250 2.0.0 taken\r\n")
            elif verb == b"QUIT":
                s.sendall(b"221 bye\r\n")
                return
            else:
                s.sendall(b"250 sink\r\n")

    def close(self):
        self.released.set()
        self.listener.close()
