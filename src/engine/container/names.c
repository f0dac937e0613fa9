/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/names.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/cleanup.h"
#include "base/str.h"

enum { NAME_MAX_BYTES = 255, PLAIN_ATTEMPTS = 10 };

static const char *const adjectives[] = {
	"able",	  "agile",   "airy",	 "amber",   "ample",   "apt",	   "ardent",  "artful",
	"avid",	  "balmy",   "blithe",	 "bold",    "brave",   "breezy",   "bright",  "brisk",
	"busy",	  "calm",    "candid",	 "careful", "cheery",  "civil",	   "clever",  "cosy",
	"crisp",  "curious", "daring",	 "deft",    "dreamy",  "eager",	   "early",   "earnest",
	"easy",	  "elated",  "fair",	 "famed",   "fancy",   "festive",  "fine",    "fluent",
	"fond",	  "frank",   "free",	 "fresh",   "frugal",  "funny",	   "gallant", "genial",
	"gentle", "giddy",   "glad",	 "gleeful", "golden",  "graceful", "grand",   "happy",
	"hardy",  "hearty",  "helpful",	 "honest",  "hopeful", "humble",   "jaunty",  "jolly",
	"jovial", "joyful",  "keen",	 "kind",    "lively",  "logical",  "loyal",   "lucid",
	"lucky",  "mellow",  "merry",	 "mild",    "mindful", "modest",   "neat",    "nimble",
	"noble",  "patient", "peaceful", "perky",   "placid",  "playful",  "plucky",  "polite",
	"prompt", "proud",   "quick",	 "quiet",   "rapid",   "ready",	   "robust",  "rosy",
	"rustic", "sage",    "serene",	 "sharp",   "shiny",   "silent",   "simple",  "sincere",
	"sleek",  "smart",   "snug",	 "sober",   "solid",   "spry",	   "stable",  "steady",
	"stoic",  "sturdy",  "subtle",	 "sunny",   "sure",    "swift",	   "tidy",    "tranquil",
	"trusty", "upbeat",  "urbane",	 "valiant", "vivid",   "warm",	   "wise",    "witty",
	"zany",	  "zealous", "zesty",
};

static const char *const surnames[] = {
	"abel",	       "agnesi",       "airy",		"alhazen",     "ampere",     "appleton",
	"arago",       "aristarchus",  "avogadro",	"babbage",     "bacon",	     "banach",
	"banneker",    "bardeen",      "bayes",		"becquerel",   "bell",	     "bernoulli",
	"berzelius",   "bessel",       "blackwell",	"bohr",	       "boltzmann",  "bolyai",
	"boole",       "born",	       "bose",		"boyle",       "bragg",	     "brahe",
	"brahmagupta", "brattain",     "broglie",	"bunsen",      "burnell",    "cantor",
	"cardano",     "carnot",       "cassini",	"cauchy",      "cavendish",  "cayley",
	"celsius",     "cerf",	       "chandrasekhar", "chatelet",    "chebyshev",  "church",
	"clairaut",    "clausius",     "copernicus",	"coriolis",    "coulomb",    "cray",
	"crick",       "curie",	       "dalton",	"darwin",      "davy",	     "debye",
	"dedekind",    "descartes",    "dijkstra",	"diophantus",  "dirac",	     "doppler",
	"dyson",       "earhart",      "eckert",	"eddington",   "edison",     "ehrenfest",
	"einstein",    "engelbart",    "eratosthenes",	"erdos",       "euclid",     "euler",
	"faraday",     "fermat",       "fermi",		"feynman",     "fibonacci",  "fischer",
	"fisher",      "fizeau",       "fleming",	"foucault",    "fourier",    "franklin",
	"fraunhofer",  "fresnel",      "galileo",	"galois",      "galton",     "galvani",
	"gauss",       "germain",      "gibbs",		"godel",       "goeppert",   "goldbach",
	"grassmann",   "green",	       "hahn",		"halley",      "hamilton",   "hamming",
	"heaviside",   "heisenberg",   "helmholtz",	"henry",       "hermite",    "herschel",
	"hertz",       "hilbert",      "hipparchus",	"hodgkin",     "hooke",	     "hopper",
	"hubble",      "huygens",      "hypatia",	"jacobi",      "jemison",    "johnson",
	"joliot",      "jordan",       "joule",		"kelvin",      "kepler",     "khayyam",
	"khwarizmi",   "kirchhoff",    "klein",		"knuth",       "kolmogorov", "kovalevskaya",
	"lagrange",    "lamarr",       "lamport",	"landau",      "laplace",    "lavoisier",
	"leavitt",     "lebesgue",     "legendre",	"leibniz",     "lemaitre",   "lenz",
	"lie",	       "liouville",    "lobachevsky",	"lorentz",     "lovelace",   "lyapunov",
	"mach",	       "markov",       "maxwell",	"mayer",       "mccarthy",   "meitner",
	"mendel",      "mendeleev",    "mercator",	"michelson",   "millikan",   "minkowski",
	"mirzakhani",  "moebius",      "monge",		"moore",       "morse",	     "napier",
	"nash",	       "navier",       "nernst",	"neumann",     "newton",     "nobel",
	"noether",     "nyquist",      "oersted",	"ohm",	       "onnes",	     "oppenheimer",
	"ostwald",     "pascal",       "pasteur",	"pauli",       "pauling",    "payne",
	"peano",       "perlman",      "planck",	"poincare",    "poisson",    "ptolemy",
	"pythagoras",  "raman",	       "ramanujan",	"rayleigh",    "riemann",    "ritchie",
	"roentgen",    "rubin",	       "rumford",	"russell",     "rutherford", "rydberg",
	"sagan",       "salam",	       "schroedinger",	"seaborg",     "shannon",    "shockley",
	"siemens",     "snell",	       "sommerfeld",	"stevin",      "stokes",     "sylvester",
	"tarski",      "tesla",	       "thales",	"thomson",     "torricelli", "townes",
	"turing",      "varahamihira", "venn",		"vieta",       "volta",	     "wallis",
	"watt",	       "weber",	       "wegener",	"weierstrass", "wheeler",    "wiener",
	"wigner",      "wiles",	       "wirth",		"wu",	       "yalow",	     "young",
	"yukawa",      "zeeman",       "zermelo",	"zuse",
};

int container_name_check(const char *name, const char **ret, struct err *err)
{
	static const char first[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	static const char rest[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
	const char *plain = *name == '/' ? name + 1 : name;
	size_t len = strlen(plain);

	if (len < 2 || strspn(plain, first) < 1 || strspn(plain, rest) != len)
		return err_invalid(err,
				   "Invalid container name (%s), only [a-zA-Z0-9][a-zA-Z0-9_.-] "
				   "are allowed",
				   name);
	if (len > NAME_MAX_BYTES)
		return err_invalid(err, "Invalid container name: longer than %d bytes",
				   NAME_MAX_BYTES);
	*ret = plain;
	return 0;
}

int container_name_generate(unsigned attempt, char **ret, struct err *err)
{
	uint32_t random[3];
	const char *adjective, *surname;

	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return err_sys(err, errno, "getrandom");
	adjective = adjectives[random[0] % ARRAY_SIZE(adjectives)];
	surname = surnames[random[1] % ARRAY_SIZE(surnames)];
	if (attempt < PLAIN_ATTEMPTS)
		*ret = str_printf("%s_%s", adjective, surname);
	else
		*ret = str_printf("%s_%s%u", adjective, surname, random[2] % 1000000);
	return *ret ? 0 : err_oom(err);
}
