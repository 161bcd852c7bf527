// Runs a fuzz driver without a fuzzer: the files of a corpus folder, then seeded random inputs.
//
//   <driver> CORPUS_FOLDER [RANDOM_INPUTS [SEED]]     all of it
//   <driver> FILE                                     one input, to look at a finding
//
// The random inputs are made from bytes of corpus files where there are any, cut, joined and
// flipped, so that they get past the first check. A crash is found again with the same arguments:
// the seed of each input is printed when the driver aborts.
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/prng.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

using tocsin::Bytes;
using tocsin::Prng;

constexpr uint64_t random_inputs_default = 3000;
constexpr uint64_t seed_default = 1;
constexpr size_t input_bytes_max = 4096;

// What is being run, for the message when it aborts.
char running[512] = "nothing";

void on_abort(int) {
  std::fprintf(stderr, "fuzz driver died on %s\n", running);
  std::signal(SIGABRT, SIG_DFL);
  std::abort();
}

Bytes read_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(in), {});
}

std::vector<std::filesystem::path> files_in(const std::filesystem::path& place) {
  std::vector<std::filesystem::path> files;
  if (std::filesystem::is_regular_file(place)) files.push_back(place);
  if (std::filesystem::is_directory(place)) {
    for (const auto& entry : std::filesystem::directory_iterator(place)) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

Bytes random_input(const std::vector<Bytes>& corpus, uint64_t seed) {
  Prng prng(seed);
  Bytes input;
  if (!corpus.empty() && prng.below(4) != 0) {
    input = corpus[prng.below(corpus.size())];
    if (prng.below(2) == 0) tocsin::append(input, corpus[prng.below(corpus.size())]);
    input.resize(std::min(input.size(), input_bytes_max));
    input.resize(prng.below(4) == 0 ? prng.below(input.size() + 1) : input.size());
    for (uint64_t flips = prng.below(8); flips > 0 && !input.empty(); --flips) {
      input[prng.below(input.size())] = static_cast<uint8_t>(prng.next());
    }
    return input;
  }
  input.resize(prng.below(prng.below(8) == 0 ? input_bytes_max : 256));
  for (uint8_t& byte : input) byte = static_cast<uint8_t>(prng.next());
  return input;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s CORPUS_FOLDER_OR_FILE [RANDOM_INPUTS [SEED]]\n", argv[0]);
    return 2;
  }
  std::signal(SIGABRT, on_abort);
  std::vector<Bytes> corpus;
  for (const auto& file : files_in(argv[1])) {
    corpus.push_back(read_file(file));
    std::snprintf(running, sizeof running, "file %s", file.c_str());
    LLVMFuzzerTestOneInput(corpus.back().data(), corpus.back().size());
  }
  if (std::filesystem::is_regular_file(argv[1])) return 0;
  const uint64_t count = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : random_inputs_default;
  const uint64_t seed = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : seed_default;
  for (uint64_t i = 0; i < count; ++i) {
    const unsigned long long now = seed + i;
    std::snprintf(running, sizeof running, "a random input; again with: %s %s 1 %llu", argv[0],
                  argv[1], now);
    const Bytes input = random_input(corpus, seed + i);
    LLVMFuzzerTestOneInput(input.data(), input.size());
  }
  std::printf("%zu files, %llu random inputs\n", corpus.size(),
              static_cast<unsigned long long>(count));
  return 0;
}
