// Progress: one line on a terminal that shows how far a command has come, overwritten as it goes
// on. Without a terminal, nothing is written.
//
// Thread: one owner.
#pragma once

#include <string>

#include "cli/console.h"

namespace tocsin::cli {

// "[#####-----]  50 %" for a share from 0 to 1.
std::string bar(double share);

class Progress {
 public:
  explicit Progress(Console console) : console_(console) {}

  void show(const std::string& text);
  // Take the line away, so that something else can be written.
  void clear();
  // Leave the line as it is and go to the next one.
  void end();

 private:
  Console console_;
  bool shown_ = false;
};

}  // namespace tocsin::cli
