// Releases: sends to everyone in two steps, for apps that ask for it. The first call is answered
// with a token and sends nothing; the same call with the token in `release` confirms the send.
//
// Thread: one owner.
// Bound: releases_max tokens, release_ms_max each; a restart forgets them.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "base/ids.h"

namespace tocsin::dispatcher {

class Releases {
 public:
  // A token for the send with this fingerprint.
  std::string hold(AppId app, const std::string& fingerprint, uint64_t now_ms);
  // Whether `token` was given for exactly this send, and not too long ago. If so, it is used up.
  bool release(AppId app, const std::string& fingerprint, const std::string& token,
               uint64_t now_ms);

 private:
  struct Held {
    AppId app;
    std::string fingerprint;
    std::string token;
    uint64_t until_ms;
  };
  std::deque<Held> held_;  // in order of time
};

}  // namespace tocsin::dispatcher
