"""What schemathesis has to be told: parts of resumable uploads are bytes like any others."""

import schemathesis

schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
