# Prometheus: what reads metrics, for tests that write some: promtool, node_exporter's textfile
# collector, the strict parser of prometheus_client. Use TestServers first.
#
# The programs are those in the PATH, those that `make deps` unpacked, or the Debian packages',
# unpacked into the test's folder: installing them would set up daemons. undef when they cannot be
# had.
package Prometheus;

use strict;
use warnings;

use Exporter qw(import);
use IPC::Run ();
use Test::More;

use TestServers;

our @EXPORT = qw(prometheus_program metrics_ok samples_of scraped_from);

sub prometheus_program
{
	my ($package, $name) = @_;
	my $folder = test_folder() . "/$package";
	my $unpacked = "$folder/root/usr/bin/$name";
	my ($found) = grep { -x } "build/tools/$name", $unpacked, map { "$_/$name" } split /:/, $ENV{PATH};

	return $found if defined $found;
	mkdir $folder;
	my $said = qx(cd '$folder' && apt-get download $package 2>&1 && dpkg -x ${package}_*.deb root 2>&1);
	return $unpacked if -x $unpacked;
	diag("$name is not here, and apt-get does not give it: $said");
	return;
}

# It is what promtool's linter wants, and OpenMetrics by the strict parser.
sub metrics_ok
{
	my ($text, $what) = @_;
	my ($said, $promtool) = ('', prometheus_program('prometheus', 'promtool'));

	if (defined $promtool)
	{
		IPC::Run::run([ $promtool, 'check', 'metrics' ], '<', \$text, '>&', \$said);
		ok($? == 0 && $said eq '', "$what: promtool check metrics") or diag($said);
	}
	IPC::Run::run([ 'python3', '-c', <<'END' ], '<', \$text, '>&', \$said);
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as prometheus
text = sys.stdin.buffer.read().decode()
def series(families):
    return {(s.name, tuple(sorted(s.labels.items()))): s.value for f in families for s in f.samples}
assert series(openmetrics(text)) == series(prometheus(text)), "the formats differ"
END
	ok($? == 0 && $said eq '', "$what: the same in OpenMetrics and in the older format") or diag($said);
	return;
}

# {series => value}, labels as they are written; the comments are left out.
sub samples_of
{
	my ($text) = @_;
	return { map { /^(.*) (\S+)$/ ? ($1 => $2) : () } grep { !/^#/ } split /\n/, $text };
}

# What node_exporter makes of the *.prom of a folder; undef when it cannot be had.
sub scraped_from
{
	my ($folder) = @_;
	my $program = prometheus_program('prometheus-node-exporter', 'prometheus-node-exporter') // return;
	my $address = '127.0.0.1:' . PostgreSQL::Test::Cluster::get_free_port();
	my ($said, $page) = ('', '');
	my $run = IPC::Run::start(
		[
			$program, "--web.listen-address=$address", '--collector.disable-defaults',
			'--collector.textfile', "--collector.textfile.directory=$folder"
		],
		'>&', \$said);

	wait_until(
		'node_exporter answers',
		sub {
			$run->pump_nb;
			IPC::Run::run(
				[
					'python3', '-c',
					'import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).read().decode())',
					"http://$address/metrics"
				],
				'>', \$page, '2>', \my $ignored);
			return $page =~ /^node_textfile_scrape_error /m;
		}) or diag($said);
	$run->kill_kill;
	return $page;
}

1;
