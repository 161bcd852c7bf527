#include "sdk_client/include/tocsin_client.h"

extern "C" {

const char* tocsin_status_text(tocsin_status status) {
  switch (status) {
    case TOCSIN_OK:
      return "ok";
    case TOCSIN_PENDING:
      return "not yet";
    case TOCSIN_CLOSED:
      return "the connection has ended";
    case TOCSIN_FAILED:
      return "the transport or the store failed";
    case TOCSIN_NOT_FOUND:
      return "not found";
    case TOCSIN_INVALID:
      return "an argument is not allowed";
    case TOCSIN_NO_ROOM:
      return "the memory or a buffer is too small";
    case TOCSIN_NOT_CONNECTED:
      return "not connected";
    case TOCSIN_BUSY:
      return "busy, try again later";
    case TOCSIN_DAMAGED:
      return "the saved state is damaged";
    default:
      return "unknown status";
  }
}

const char* tocsin_state_text(tocsin_state state) {
  switch (state) {
    case TOCSIN_STATE_IDLE:
      return "idle";
    case TOCSIN_STATE_WAITING:
      return "waiting";
    case TOCSIN_STATE_CONNECTING:
      return "connecting";
    case TOCSIN_STATE_REGISTERING:
      return "registering";
    case TOCSIN_STATE_OPENING:
      return "opening";
    case TOCSIN_STATE_LIVE:
      return "live";
    case TOCSIN_STATE_GIVEN_UP:
      return "given up";
    case TOCSIN_STATE_CLOSED:
      return "closed";
  }
  return "unknown state";
}

const char* tocsin_trouble_text(tocsin_trouble trouble) {
  switch (trouble) {
    case TOCSIN_TROUBLE_NONE:
      return "none";
    case TOCSIN_TROUBLE_UNREACHABLE:
      return "the gateway cannot be reached";
    case TOCSIN_TROUBLE_LOST:
      return "the connection was lost";
    case TOCSIN_TROUBLE_NO_ANSWER:
      return "the gateway did not answer in time";
    case TOCSIN_TROUBLE_BAD_SERVER:
      return "the gateway does not speak this protocol";
    case TOCSIN_TROUBLE_GOING_AWAY:
      return "the gateway is being drained";
    case TOCSIN_TROUBLE_REPLACED:
      return "another connection uses this identity";
    case TOCSIN_TROUBLE_SLOW:
      return "this device did not read fast enough";
    case TOCSIN_TROUBLE_IDLE:
      return "the gateway missed a heartbeat";
    case TOCSIN_TROUBLE_UNKNOWN_APP:
      return "the app name or the registration key is wrong";
    case TOCSIN_TROUBLE_UNAUTHENTICATED:
      return "the identity was refused";
    case TOCSIN_TROUBLE_EXPIRED:
      return "the identity has expired";
    case TOCSIN_TROUBLE_UNKNOWN_DEVICE:
      return "the gateway does not know this device";
    case TOCSIN_TROUBLE_BAD_ARGUMENT:
      return "a tag or another value is not allowed";
    case TOCSIN_TROUBLE_UNAVAILABLE:
      return "the server asked to come back later";
    case TOCSIN_TROUBLE_TOO_MANY_REQUESTS:
      return "too many requests";
    case TOCSIN_TROUBLE_REFUSED:
      return "the server refused";
    case TOCSIN_TROUBLE_TOO_LARGE:
      return "the tags do not fit in the send buffer";
  }
  return "unknown trouble";
}

}  // extern "C"
