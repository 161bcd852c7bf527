// The callbacks of nghttp2, handed on to Http2Events: its user data is an Http2Events.
//
// The one header here that shows nghttp2; for http2_wire.cc only.
//
// Thread: the connection's.
#pragma once

#include <nghttp2/nghttp2.h>

namespace tocsin::runtime {

// Lives forever.
const nghttp2_session_callbacks* http2_callbacks();

// Reads an answer's body with Http2Events::read_answer().
ssize_t http2_read_answer(nghttp2_session* session, int32_t stream, uint8_t* room,
                          size_t room_bytes, uint32_t* flags, nghttp2_data_source* source,
                          void* events);

}  // namespace tocsin::runtime
