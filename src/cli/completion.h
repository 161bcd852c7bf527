// Shell completion for `tocsin`.
//
// Thread: constant.
#pragma once

namespace tocsin::cli {

// To be sourced by bash.
extern const char bash_completion[];

}  // namespace tocsin::cli
