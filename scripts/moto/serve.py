"""moto as a server on a free port of 127.0.0.1, for `npm run test:aws`.

Prints one line, the port, and serves until its standard input ends, so that it never outlives whoever started it.

Two things are otherwise than in `moto_server`: a request may say with the header `x-judge-now-ms` what time it is, which
SQS goes by (visibility, delays), so that tests need not wait; and a function of Lambda answers its event, because to run
it moto would need Docker.
"""

import json
import os
import sys
import threading
from datetime import datetime, timezone

# Its DynamoDB has no lock: with the usual 5 ms between switches of threads, concurrent writes of one item get lost.
sys.setswitchinterval(5)

from moto.awslambda.models import LambdaFunction
from moto.core import utils
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

told = threading.local()
real_utcnow = utils.utcnow


def utcnow() -> datetime:
    now_ms = getattr(told, "now_ms", None)
    if now_ms is None:
        return real_utcnow()
    return datetime.fromtimestamp(int(now_ms) / 1000, tz=timezone.utc).replace(tzinfo=None)


utils.utcnow = utcnow
LambdaFunction._invoke_lambda = lambda self, event=None: (json.dumps(event), False, "")
dispatcher = DomainDispatcherApplication(create_backend_app)


def application(environ, start_response):
    told.now_ms = environ.get("HTTP_X_JUDGE_NOW_MS")
    return dispatcher(environ, start_response)


server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=MotoRequestHandler)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
sys.stdin.read()
os._exit(0)
