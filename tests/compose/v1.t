# docker-compose 1.29, the one that is written in Python and that Debian 12 has, does the same with
# the same file.
use strict;
use warnings;

use ComposeLab;
use File::Temp ();
use Test::More;

my $folder = File::Temp->newdir('pgwatch-compose-v1-XXXXXX', TMPDIR => 1);

# Where it is not installed it is unpacked into a temporary folder, beside whatever there is.
sub find_v1
{
	return 'docker-compose' if qx(sh -c 'docker-compose version --short' 2>&1) =~ /^1\./;
	mkdir "$folder/partial";
	my $said = qx(apt-get -o Dir::Cache::archives=$folder -o APT::Sandbox::User=root \\
		-o Debug::NoLocking=1 -qq -y --no-install-recommends --download-only \\
		install docker-compose 2>&1);
	my @packages = glob "$folder/*.deb"
	  or plan skip_all => "docker-compose is not here, and apt-get does not give it: $said";
	system('dpkg', '-x', $_, "$folder/root") for @packages;
	my @command = ('env', "PYTHONPATH=$folder/root/usr/lib/python3/dist-packages",
		"$folder/root/usr/bin/docker-compose");
	my $version = qx(@command version --short 2>&1);
	$version =~ /^v?2/ and plan skip_all => 'the docker-compose of this Debian is version 2';
	$version =~ /^1\./ or die "docker-compose does not run: $version";
	return @command;
}

my @command = find_v1();
my $lab = ComposeLab->new(command => \@command);

$lab->ok_compose('up --build', 'up', '--build', '-d');
$lab->ok_whole('primary', 'two standbys stream');
$lab->ok_row('primary', 'first');
$lab->ok_compose('ps', 'ps');
for my $node (@ComposeLab::nodes)
{
	ok(wait_until(60, sub { $lab->health_of($node) eq 'healthy' }), "$node is healthy");
	is($lab->docker('port', $lab->container($node)), "5432/tcp -> 127.0.0.1:$lab->{port}{$node}",
		"$node: published on this machine only");
}
my $example = '.env.example says the same as nothing at all';
{
	local $lab->{env} = {};
	my ($bare) = ($lab->compose('config'), $lab->{output})[1];
	local $lab->{env_file} = '.env.example';
	is($lab->compose('config'), 0, 'config');
	is($lab->{output}, $bare, $example);
}
$lab->ok_compose("@$_", @$_)
  for [ 'restart', 'replica1' ], [ 'kill', 'primary' ], [ 'start', 'primary' ], [ 'down' ], [ 'up', '-d' ];
$lab->ok_whole('primary', 'whole');
$lab->ok_row('primary', 'second');
is($lab->rows($_), 2, "$_ has both rows") for @ComposeLab::nodes;
$lab->ok_compose('down --volumes', 'down', '--volumes');
is_deeply([ $lab->left ], [], 'nothing is left');

done_testing();
