"""browse.py BROWSER PAGE -- opens a page in headless Chromium and does what it is told.

Lines of standard input: `click SELECTOR` (with the mouse, in the middle), `focus SELECTOR`,
`key NAME` (Enter, Escape), `text SELECTOR` (as shown; nothing if hidden), `count SELECTOR`,
`shot FILE`.  Prints a line for each text and count, newlines as blanks, then `errors N`
with what the console said.  Speaks the DevTools protocol through pipes: no packages.
"""
import base64
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

CODES = {"Enter": 13, "Escape": 27}


class Browser:
    def __init__(self, program, profile):
        to_it, self.out = os.pipe()
        self.into, from_it = os.pipe()
        self.process = subprocess.Popen(
            ["sh", "-c", f'exec "$0" "$@" 3<&{to_it} 4>&{from_it}', program, "--headless",
             "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--disable-background-networking", "--disable-extensions",
             f"--user-data-dir={profile}", "--remote-debugging-pipe", "--window-size=1400,1000",
             "about:blank"],
            pass_fds=(to_it, from_it), stderr=subprocess.DEVNULL)
        os.close(to_it)
        os.close(from_it)
        self.buffer, self.last, self.session = b"", 0, None
        self.errors, self.loaded = [], False

    def read(self):
        while b"\0" not in self.buffer:
            some = os.read(self.into, 1 << 16)
            if not some:
                sys.exit("the browser ended")
            self.buffer += some
        message, self.buffer = self.buffer.split(b"\0", 1)
        message = json.loads(message)
        method = message.get("method")
        if method == "Runtime.exceptionThrown":
            self.errors.append(message["params"]["exceptionDetails"])
        elif method == "Log.entryAdded" and message["params"]["entry"]["level"] == "error":
            self.errors.append(message["params"]["entry"])
        elif method == "Runtime.consoleAPICalled" and message["params"]["type"] == "error":
            self.errors.append(message["params"])
        elif method == "Page.loadEventFired":
            self.loaded = True
        return message

    def call(self, method, **params):
        self.last += 1
        message = {"id": self.last, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.read()
            if answer.get("id") == self.last:
                if "error" in answer:
                    sys.exit(f"{method}: {answer['error']}")
                return answer["result"]

    def value(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in answer:
            sys.exit(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def open(self, page):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target,
                                 flatten=True)["sessionId"]
        for domain in "Page", "Runtime", "Log":
            self.call(f"{domain}.enable")
        self.loaded = False
        self.call("Page.navigate", url=page)
        while not self.loaded:
            self.read()

    def click(self, element):
        place = self.value(f"""(function () {{
            var e = {element}, box;
            e.scrollIntoView({{block: 'center', inline: 'center'}});
            box = e.getBoundingClientRect();
            return [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
        }}())""")
        for kind in "mousePressed", "mouseReleased":
            self.call("Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1],
                      button="left", clickCount=1)

    def key(self, name):
        text = {"text": "\r"} if name == "Enter" else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", key=name, code=name,
                  windowsVirtualKeyCode=CODES[name], **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=name, code=name,
                  windowsVirtualKeyCode=CODES[name])


def step(browser, what, argument):
    element = f"document.querySelector({json.dumps(argument)})"
    if what == "click":
        browser.click(element)
    elif what == "focus":
        browser.value(f"{element}.focus()")
    elif what == "key":
        browser.key(argument)
    elif what == "text":
        print(" ".join(browser.value(
            f"{element}.checkVisibility() ? {element}.innerText : ''").split()))
    elif what == "count":
        print(browser.value(f"document.querySelectorAll({json.dumps(argument)}).length"))
    elif what == "shot":
        shot = browser.call("Page.captureScreenshot")
        pathlib.Path(argument).write_bytes(base64.b64decode(shot["data"]))
    else:
        sys.exit(f"what is {what}?")


def main():
    signal.alarm(120)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(sys.argv[1], profile)
        try:
            browser.open(pathlib.Path(sys.argv[2]).resolve().as_uri())
            for line in sys.stdin:
                step(browser, *line.rstrip("\n").split(" ", 1))
            browser.value("0")  # what was said until now has been read
            print("errors", len(browser.errors), *browser.errors)
        finally:
            browser.process.terminate()
            browser.process.wait()


main()
